package io.reactorstack.benchmarks.suite.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import reactor.core.publisher.Flux;

/** The ports and the data that all loads agree on. */
public final class Work {

  /** Sends until the client ends the connection. */
  public static final int SOURCE = 7001;

  /** Receives until the client ends the connection. */
  public static final int SINK = 7002;

  /** Sends back all bytes that it receives. */
  public static final int ECHO = 7003;

  /** Answers every HTTP request with 128 bytes. */
  public static final int HTTP = 7004;

  /** Sends back all datagrams that it receives. */
  public static final int UDP_ECHO = 7005;

  /**
   * The first of {@link #SERVICES} ports that answer a request of {@link #REQUEST_BYTES} with {@link #RESPONSE_BYTES},
   * and end the connection when the client does.
   */
  public static final int SERVICE = 7100;

  /** The number of service ports: the clients take turns, since one port has too few connections in TIME-WAIT. */
  public static final int SERVICES = 4;

  /** The ports of the n-th set of servers on the loopback begin this much times n higher. */
  public static final int LOOPBACK = 1000;

  /** The size of a request. */
  public static final int REQUEST_BYTES = 64;

  /** The size of a response. */
  public static final int RESPONSE_BYTES = 128;

  /** The limit for everything that should take no time. */
  public static final Duration LIMIT = Duration.ofSeconds(30);

  private static final int CHUNK_BYTES = 64 * 1024;
  private static final ByteBuf CHUNK = constant(CHUNK_BYTES);
  private static final ByteBuf REQUEST = constant(REQUEST_BYTES);
  private static final ByteBuf RESPONSE = constant(RESPONSE_BYTES);
  private static final ByteBuf ONE = constant(1);

  private Work() {}

  private static ByteBuf constant(int bytes) {
    ByteBuf buffer = Unpooled.directBuffer(bytes);
    for (int i = 0; i < bytes; i++) {
      buffer.writeByte(i * 31);
    }
    return Unpooled.unreleasableBuffer(buffer).asReadOnly();
  }

  /** Returns endless data; {@code tally} counts the emitted bytes. */
  public static Flux<ByteBuf> endless(Tally tally) {
    return Flux.generate(sink -> {
      tally.add(CHUNK_BYTES);
      sink.next(CHUNK.duplicate());
    });
  }

  /** Returns a request. */
  public static ByteBuf request() {
    return REQUEST.duplicate();
  }

  /** Returns a response. */
  public static ByteBuf response() {
    return RESPONSE.duplicate();
  }

  /** Returns one byte. */
  public static ByteBuf one() {
    return ONE.duplicate();
  }

  /** Releases {@code buffer} and returns its length. */
  static int consume(ByteBuf buffer) {
    int bytes = buffer.readableBytes();
    buffer.release();
    return bytes;
  }
}
