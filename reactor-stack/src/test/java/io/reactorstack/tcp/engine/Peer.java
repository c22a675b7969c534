package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpSegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** One engine with its application in a property test. After every step it checks the invariants. */
final class Peer {

  private static final Map<TcpState, Set<TcpState>> LEGAL = new EnumMap<>(TcpState.class);

  static {
    legal(TcpState.SYN_SENT, TcpState.SYN_RECEIVED, TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.CLOSE_WAIT,
        TcpState.LAST_ACK);
    legal(TcpState.SYN_RECEIVED, TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.CLOSE_WAIT, TcpState.LAST_ACK,
        TcpState.CLOSING);
    legal(TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.CLOSE_WAIT);
    legal(TcpState.FIN_WAIT_1, TcpState.FIN_WAIT_2, TcpState.CLOSING, TcpState.TIME_WAIT);
    legal(TcpState.FIN_WAIT_2, TcpState.TIME_WAIT);
    legal(TcpState.CLOSE_WAIT, TcpState.LAST_ACK);
    legal(TcpState.CLOSING, TcpState.TIME_WAIT);
    legal(TcpState.LAST_ACK);
    legal(TcpState.TIME_WAIT);
    legal(TcpState.CLOSED);
  }

  private static void legal(TcpState from, TcpState... to) {
    Set<TcpState> set = EnumSet.of(from, TcpState.CLOSED);
    set.addAll(List.of(to));
    LEGAL.put(from, set);
  }

  final String name;
  final TcpEngine engine;
  final TcpSettings settings;
  /** The total number of bytes that the application will send; byte number i is {@link #octet}. */
  final int goal;
  final List<TcpState> path = new ArrayList<>();
  private final CountingAllocator memory;
  private int seed;
  private int written;
  private long read;
  private boolean scaled;
  private int scale;
  private int edge;
  private boolean edgeKnown;
  /** The window as the peer sees it. */
  final ShownWindow shown = new ShownWindow();
  /** The overhead of buffers that may exceed the advertised window, in bytes. */
  int slack = 2048;
  boolean reading = true;
  boolean shut;
  /** True if the receive capacity may have been changed. */
  boolean disturbed;

  Peer(String name, TcpEngine engine, TcpSettings settings, int goal, int seed, CountingAllocator memory) {
    this.name = name;
    this.engine = engine;
    this.settings = settings;
    this.goal = goal;
    this.seed = seed;
    this.memory = memory;
    path.add(engine.state());
  }

  static byte octet(int seed, long i) {
    long x = (i + seed) * 0x9E3779B97F4A7C15L;
    return (byte) (x >>> 56);
  }

  int seed() {
    return seed;
  }

  boolean isAllWritten() {
    return written == goal;
  }

  int bytesWritten() {
    return written;
  }

  long bytesRead() {
    return read;
  }

  /** Lets the application write up to {@code max} bytes. */
  void write(int max, long now) {
    int n = Math.min(max, goal - written);
    if (n <= 0 || shut) {
      return;
    }
    ByteBuf data = memory.buffer(n);
    for (int i = 0; i < n; i++) {
      data.writeByte(octet(seed, written + i));
    }
    int writable = engine.writableBytes();
    int taken = engine.write(data, now);
    assertThat(taken).isEqualTo(Math.min(n, writable));
    data.release();
    written += taken;
  }

  /** Lets the application read up to {@code max} bytes, and compares them with the bytes that {@code other} sends. */
  void read(int max, Peer other, long now) {
    ByteBuf data = engine.read(max, now);
    if (data == null) {
      return;
    }
    assertThat(data.readableBytes()).isPositive().isLessThanOrEqualTo(max);
    while (data.isReadable()) {
      byte expected = octet(other.seed, read);
      assertThat(data.readByte()).as("%s: octet %d", name, read).isEqualTo(expected);
      read++;
    }
    data.release();
    assertThat(read).isLessThanOrEqualTo(other.written);
  }

  /** Polls a segment, and records the window scale of a SYN. */
  TcpSegment poll(long now) {
    boolean exhausted = engine.isExhausted();
    TcpSegment segment = engine.poll(now);
    if (segment == null) {
      return null;
    }
    assertThat(exhausted).as("%s said that it has nothing to send", name).isFalse();
    if (segment.has(TcpSegment.SYN)) {
      scaled = segment.options().hasWindowScale();
      scale = scaled ? segment.options().windowScale() : 0;
    }
    return segment;
  }

  /** The shift of the window field in segments without SYN; {@code scaling} is true if both sides offered scaling. */
  int scale(boolean scaling) {
    return scaling ? scale : 0;
  }

  /**
   * Checks that the right edge does not move left (SHLD-14), up to the unit of the window field; {@code scaling} is
   * true if both sides offered scaling.
   */
  void checkEdge(TcpSegment segment, boolean scaling) {
    if (!segment.has(TcpSegment.ACK) || segment.has(TcpSegment.RST)) {
      return;
    }
    int shift = scaling && !segment.has(TcpSegment.SYN) ? scale : 0;
    int right = segment.ack() + (segment.window() << shift);
    int tolerance = (1 << shift) - 1;
    if (edgeKnown) {
      assertThat(SequenceNumber.distance(edge, right)).as("%s: right edge moved left in %s", name, segment)
          .isGreaterThanOrEqualTo(-tolerance);
      edge = SequenceNumber.later(edge, right);
    } else {
      edge = right;
      edgeKnown = true;
    }
  }

  /** Checks the invariants that hold after every input, command and poll. */
  void check() {
    TcpState state = engine.state();
    TcpState before = path.getLast();
    if (state != before) {
      assertThat(LEGAL.get(before)).as("%s: %s", name, path).contains(state);
      path.add(state);
    }
    assertThat(engine.closeCause() != null).isEqualTo(state == TcpState.CLOSED || state == TcpState.TIME_WAIT);
    assertThat(engine.acknowledgedBytes()).isLessThanOrEqualTo(engine.writtenBytes());
    assertThat(engine.writtenBytes()).isEqualTo(written);
    // The window promises capacity less memory held; accepted data may still cost the overhead of its buffers.
    if (state.isSynchronized() && !disturbed) {
      assertThat(engine.receiveMemory()).as("%s: memory held", name)
          .isLessThanOrEqualTo(settings.buffers().maxReceiveBuffer() * 9 / 8 + slack);
    }
  }

  /**
   * Checks that an engine with unacknowledged data or FIN has a deadline. Call when {@link #poll} returns {@code null}.
   */
  void checkNotStuck() {
    TcpState state = engine.state();
    boolean owes = engine.acknowledgedBytes() < engine.writtenBytes() || shut && !engine.isOutputFinished();
    if (state != TcpState.CLOSED && owes) {
      assertThat(engine.nextDeadline()).as("%s waits for nothing in %s", name, state)
          .isNotEqualTo(TcpEngine.NO_DEADLINE);
    }
  }

  void shutdown(long now) {
    shut = true;
    engine.shutdownOutput(now);
  }

  static FourTuple flow(SplittableRandom random) {
    return new FourTuple(
        io.reactorstack.packet.IpAddress.parse("10.0.0.1"),
        1024 + random.nextInt(60000),
        io.reactorstack.packet.IpAddress.parse("10.0.0.2"),
        80);
  }
}
