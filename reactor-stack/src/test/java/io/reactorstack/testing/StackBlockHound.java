package io.reactorstack.testing;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Permits the blocking calls inside Netty that run on event loops and that Netty's own integration does not list.
 * BlockHound finds this class through the service loader and installs itself before the first test.
 */
public final class StackBlockHound implements BlockHoundIntegration {
  @Override
  public void applyTo(BlockHound.Builder builder) {
    // An idle loop without descriptors parks.
    builder.allowBlockingCallsInside("io.netty.channel.local.LocalIoHandler", "run");
    // Netty's leak detector polls for collected buffers at each allocation, and the collector may hold that queue's
    // lock.
    builder.allowBlockingCallsInside("java.lang.ref.ReferenceQueue", "poll");
    // The Reactive Streams TCK records signals in queues whose lock its own thread may hold.
    builder.allowBlockingCallsInside("org.reactivestreams.tck.TestEnvironment$Receptacle", "add");
    builder.allowBlockingCallsInside("org.reactivestreams.tck.TestEnvironment$Receptacle", "complete");
    builder.allowBlockingCallsInside("org.reactivestreams.tck.TestEnvironment$Promise", "complete");
    // Reading the stack of a thread that is being woken at this moment: the JDK yields and retries.
    builder.allowBlockingCallsInside("io.reactorstack.lab.jdk.CarriedThreads", "stackOf");
    // Submitting a task to a pool outside while another thread polls the pool's queue.
    builder.allowBlockingCallsInside("java.util.concurrent.ThreadPoolExecutor", "execute");
    // The JDK's logger writes one line at a time, and concurrent worlds may log at the same time.
    builder.allowBlockingCallsInside("java.util.logging.Logger", "log");
    // Loops share the buffer allocator, whose parts have locks; two concurrent worlds may need the same one.
    builder.allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator", "allocate");
    // A loop that shuts down with a quiet period sleeps through it.
    builder.allowBlockingCallsInside("io.netty.channel.ManualIoEventLoop", "confirmShutdown");
  }
}
