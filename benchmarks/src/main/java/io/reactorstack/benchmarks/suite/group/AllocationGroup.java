package io.reactorstack.benchmarks.suite.group;

import com.sun.management.ThreadMXBean;
import io.netty.channel.IoEventLoop;
import io.reactorstack.NetworkStack;
import io.reactorstack.benchmarks.suite.Contestant;
import io.reactorstack.benchmarks.suite.Group;
import io.reactorstack.benchmarks.suite.Plan;
import io.reactorstack.benchmarks.suite.Quantity;
import io.reactorstack.benchmarks.suite.Results;
import io.reactorstack.benchmarks.suite.Windows;
import io.reactorstack.benchmarks.suite.load.Cables;
import io.reactorstack.benchmarks.suite.load.NativeStream;
import io.reactorstack.benchmarks.suite.load.StackPair;
import io.reactorstack.benchmarks.suite.load.Work;
import io.reactorstack.tcp.TcpMeter;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The bytes that a bulk stream in memory allocates per data segment: on the loop of the receiver, divided by the segments
 * that it has received, and on the loop of the sender, divided by those that it has sent. Each stack has its own loop. The
 * work on the acknowledgements of these segments, and of the application, is included.
 */
public final class AllocationGroup implements Group {

  private static final Quantity RECEIVING = new Quantity("receiving", "B/segment", false);
  private static final Quantity SENDING = new Quantity("sending", "B/segment", false);

  @Override
  public String name() {
    return "allocation";
  }

  @Override
  public String description() {
    return "Bytes allocated on the heap per data segment of a bulk stream in memory, MTU 1500.";
  }

  @Override
  public void measure(Plan plan, Results results) throws Exception {
    Windows.run(plan, List.of(new Stream()), results);
  }

  private static final class Stream implements Contestant {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final StackPair pair = new StackPair(Cables.cut(), 2);
    private final NativeStream stream = NativeStream.from(pair.tcp(), StackPair.at(Work.SOURCE));
    private final long receiver = threadOf(pair.clientLoop());
    private final long sender = threadOf(pair.serverLoop());

    private static long threadOf(IoEventLoop loop) {
      return loop.submit(() -> Thread.currentThread().threadId()).syncUninterruptibly().getNow();
    }

    @Override
    public String name() {
      return "stack";
    }

    @Override
    public Role role() {
      return Role.SUBJECT;
    }

    @Override
    public Map<Quantity, Double> run(Duration time) throws InterruptedException {
      stream.start();
      try {
        Thread.sleep(time.dividedBy(10));
        long received = received();
        long sent = sent();
        long byReceiver = THREADS.getThreadAllocatedBytes(receiver);
        long bySender = THREADS.getThreadAllocatedBytes(sender);
        Thread.sleep(time);
        return Map.of(
            RECEIVING, ratio(THREADS.getThreadAllocatedBytes(receiver) - byReceiver, received() - received),
            SENDING, ratio(THREADS.getThreadAllocatedBytes(sender) - bySender, sent() - sent));
      } finally {
        stream.stop();
      }
    }

    private long received() {
      return segments(pair.client(), TcpMeter.SEGMENTS_RECEIVED);
    }

    private long sent() {
      return segments(pair.server(), TcpMeter.SEGMENTS_SENT);
    }

    private static long segments(NetworkStack stack, TcpMeter meter) {
      return stack.meters().sum(meter);
    }

    private static double ratio(long bytes, long segments) {
      if (segments == 0) {
        throw new IllegalStateException("no segment passed");
      }
      return (double) bytes / segments;
    }

    @Override
    public void close() {
      pair.close();
    }
  }
}
