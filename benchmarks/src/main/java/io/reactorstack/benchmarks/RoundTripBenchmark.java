package io.reactorstack.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import reactor.netty.Connection;
import reactor.netty.tcp.TcpClient;

/**
 * Measures 1000 consecutive round trips of one byte on an open connection; the handlers run on the event loop, without
 * a change of thread.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class RoundTripBenchmark {

  private static final int ROUNDS = 1000;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Param
  Network network;

  private final ByteBuf one = Unpooled.unreleasableBuffer(Unpooled.directBuffer(1).writeByte(1));
  private Peers peers;
  private Connection connection;
  private PingPong pingPong;

  private final class PingPong extends ChannelInboundHandlerAdapter {

    private CountDownLatch done = new CountDownLatch(0);
    private int left;

    void start(ChannelHandlerContext context) {
      left = ROUNDS;
      context.writeAndFlush(one.duplicate());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ((ByteBuf) message).release();
      if (--left > 0) {
        context.writeAndFlush(one.duplicate());
      } else {
        done.countDown();
      }
    }
  }

  @Setup
  public void open() {
    peers = Peers.on(network);
    connection = TcpClient.newConnection().runOn(peers.client()).host(peers.address()).port(Servers.ECHO)
        .option(ChannelOption.TCP_NODELAY, true).connectNow(LIMIT);
    pingPong = new PingPong();
    connection.channel().pipeline().addFirst(pingPong);
    connection.channel().config().setAutoRead(true);
  }

  @TearDown
  public void close() {
    connection.disposeNow(LIMIT);
    peers.close();
  }

  @Benchmark
  @OperationsPerInvocation(ROUNDS)
  public void roundTrip() throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    connection.channel().eventLoop().execute(() -> {
      pingPong.done = done;
      pingPong.start(connection.channel().pipeline().context(pingPong));
    });
    if (!done.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("no answer; " + pingPong.left + " rounds left");
    }
  }
}
