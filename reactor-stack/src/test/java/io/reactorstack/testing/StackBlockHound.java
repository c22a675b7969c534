package io.reactorstack.testing;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * The places of Netty that may block although an event loop runs them, and that Netty's own integration does not name. BlockHound finds
 * this class through the service loader and installs itself before the first test.
 */
public final class StackBlockHound implements BlockHoundIntegration {
  @Override
  public void applyTo(BlockHound.Builder builder) {
    // An idle loop without descriptors parks.
    builder.allowBlockingCallsInside("io.netty.channel.local.LocalIoHandler", "run");
    // Netty's leak detector asks for collected buffers whenever one is allocated, and the collector may hold that queue's lock.
    builder.allowBlockingCallsInside("java.lang.ref.ReferenceQueue", "poll");
    // The TCK of Reactive Streams notes what it is told in queues whose lock its own thread may hold.
    builder.allowBlockingCallsInside("org.reactivestreams.tck.TestEnvironment$Receptacle", "add");
    builder.allowBlockingCallsInside("org.reactivestreams.tck.TestEnvironment$Receptacle", "complete");
    builder.allowBlockingCallsInside("org.reactivestreams.tck.TestEnvironment$Promise", "complete");
    // A stack of a thread that another one wakes at this moment: the JDK yields and looks again.
    builder.allowBlockingCallsInside("io.reactorstack.lab.jdk.CarriedThreads", "stackOf");
    // A task is given to a pool outside whose queue another thread looks at in this moment.
    builder.allowBlockingCallsInside("java.util.concurrent.ThreadPoolExecutor", "execute");
    // The JDK's log writes one line at a time, and worlds that run side by side log at the same time.
    builder.allowBlockingCallsInside("java.util.logging.Logger", "log");
    // Loops share the allocator of buffers, whose parts have locks; two worlds at once may both want one.
    builder.allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator", "allocate");
    // A loop that shuts down with a quiet period sleeps through it.
    builder.allowBlockingCallsInside("io.netty.channel.ManualIoEventLoop", "confirmShutdown");
  }
}
