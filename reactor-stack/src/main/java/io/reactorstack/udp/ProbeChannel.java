package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorstack.setting.Checks;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Probes and acknowledgements for a path MTU discovery between two applications whose own protocol has none (RFC 8899
 * section 6.1). Both sides receive through a channel with the same mark:
 *
 * <pre>{@code
 * ProbeChannel channel = ProbeChannel.on(socket, MARK);
 * channel.receive().subscribe(this::onDatagram);            // answers probes, and emits all other datagrams
 * socket.discoverPathMtu(channel).subscribe(mtu -> …);   // on the side that discovers
 * }</pre>
 *
 * <p>A probe is the mark in eight octets, the octet 1, the token in eight octets, and zeros. An acknowledgement is the
 * mark, the octet 2, the token, and the size of the received probe in two octets. The application must not send
 * datagrams that begin with the mark.
 */
public final class ProbeChannel implements PathMtuProber {

  private static final int PROBE = 1;
  private static final int ACKNOWLEDGEMENT = 2;
  /** The length of mark, kind and token, in octets. */
  private static final int HEADER = 17;
  /** The maximum number of acknowledgements that wait to be sent. */
  private static final int WAITING = 16;

  private record Awaited(int size, MonoSink<Void> sink) {}

  private final UdpConnection connection;
  private final long mark;
  private final Map<Long, Awaited> awaited = new ConcurrentHashMap<>();
  private final AtomicInteger answers = new AtomicInteger();

  private ProbeChannel(UdpConnection connection, long mark) {
    this.connection = connection;
    this.mark = mark;
  }

  /**
   * Returns a channel on {@code connection}, which the application receives through from now on.
   *
   * @param mark the first eight octets of probes and acknowledgements
   */
  public static ProbeChannel on(UdpConnection connection, long mark) {
    return new ProbeChannel(Checks.given("connection", connection), mark);
  }

  /**
   * Returns the received datagrams that are no probes and no acknowledgements, and answers probes. Without a subscriber no
   * probe is acknowledged.
   *
   * <p>As {@link UdpConnection#receive}, including <b>Backpressure</b>, <b>Buffer ownership</b>, <b>Threading</b> and
   * <b>Cancellation</b>. Probes and acknowledgements that arrive without demand wait as other datagrams do.
   */
  public Flux<Datagram> receive() {
    return connection.receive().filter(this::isOfTheApplication);
  }

  /** Returns {@code true} for a datagram of the application; other datagrams are consumed. */
  private boolean isOfTheApplication(Datagram datagram) {
    ByteBuf data = datagram.payload();
    int at = data.readerIndex();
    if (data.readableBytes() < HEADER || data.getLong(at) != mark) {
      return true;
    }
    try {
      long token = data.getLong(at + Long.BYTES + 1);
      switch (data.getByte(at + Long.BYTES)) {
        case PROBE -> acknowledge(datagram, token);
        case ACKNOWLEDGEMENT -> onAcknowledgement(data, token);
        default -> {
          // A later version of the format.
        }
      }
    } finally {
      datagram.release();
    }
    return false;
  }

  private void acknowledge(Datagram probe, long token) {
    // A flood of probes must not collect answers without bound.
    if (answers.incrementAndGet() > WAITING) {
      answers.decrementAndGet();
      return;
    }
    ByteBuf answer = Unpooled.buffer(HEADER + Short.BYTES)
        .writeLong(mark).writeByte(ACKNOWLEDGEMENT).writeLong(token).writeShort(probe.payload().readableBytes());
    // An answer that cannot be sent is counted by the socket; the prober sends another probe.
    connection.send(Mono.just(probe.reply(answer))).onErrorComplete().doFinally(end -> answers.decrementAndGet())
        .subscribe();
  }

  private void onAcknowledgement(ByteBuf data, long token) {
    Awaited waiting = awaited.get(token);
    int at = data.readerIndex() + HEADER;
    boolean whole = data.readableBytes() >= HEADER + Short.BYTES;
    if (waiting != null && whole && data.getUnsignedShort(at) == waiting.size) {
      waiting.sink.success();
    }
  }

  /**
   * Sends a probe, and completes when the peer has acknowledged its token and its size.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> none. <b>Threading:</b> completes on the event loop.
   * <b>Cancellation:</b> ends the wait.
   */
  @Override
  public Mono<Void> probe(PathMtuProbe probe) {
    return Mono.<Void>create(sink -> {
      awaited.put(probe.token(), new Awaited(probe.size(), sink));
      sink.onDispose(() -> awaited.remove(probe.token()));
      probe.send(message(probe)).subscribe(nothing -> {}, sink::error);
    });
  }

  private ByteBuf message(PathMtuProbe probe) {
    return ByteBufAllocator.DEFAULT.buffer(probe.size())
        .writeLong(mark).writeByte(PROBE).writeLong(probe.token()).writeZero(probe.size() - HEADER);
  }
}
