package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.tcp.congestion.NewReno;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * An engine on a time line. Segments are injected and expected as lines of text ({@link SegmentText}), times are
 * milliseconds since the beginning, and between two points in time the engine must send nothing.
 *
 * <p>Methods named after what is expected fail the test if it does not hold.
 */
final class Timeline implements AutoCloseable {

  /** The engine's clock at the beginning; not zero, so that no code relies on zero. */
  static final long ORIGIN = TimeUnit.DAYS.toNanos(3);

  static final FourTuple FLOW = new FourTuple(IpAddress.parse("192.0.2.1"), 40000, IpAddress.parse("192.0.2.2"), 80);
  static final FourTuple FLOW6 = new FourTuple(IpAddress.parse("2001:db8::1"), 40000, IpAddress.parse("2001:db8::2"),
      80);

  /** All options off, and 64 KiB of receive buffer; a test switches on what it needs. */
  static final TcpSettings PLAIN = settings(65_535, false, false);

  /** The variance term as in RFC 6298: the only lower limit is the clock's granularity. */
  static final Quirks QUIRKS = Quirks.NONE.withMinVariance(Duration.ofMillis(1));

  /** Our timestamp at the beginning. */
  static final int TS0 = 100;

  final CountingAllocator memory;
  /** The memory account of the host. */
  final HostMemory host;
  final FourTuple flow;
  final int mtu;
  /** Our initial sequence number. */
  final int iss;
  /** The peer's initial sequence number. */
  final int irs;
  private TcpEngine engine;
  private long now = ORIGIN;
  private int written;
  private int read;

  private Timeline(FourTuple flow, int mtu, int iss, int irs) {
    this(flow, mtu, iss, irs, HostMemory.unlimited(new CountingAllocator()));
  }

  private Timeline(FourTuple flow, int mtu, int iss, int irs, HostMemory host) {
    this.memory = (CountingAllocator) host.allocator();
    this.host = host;
    this.flow = flow;
    this.mtu = mtu;
    this.iss = iss;
    this.irs = irs;
  }

  static TcpSettings settings(int receiveBuffer, boolean scaling, boolean timestamps) {
    return TcpSettings.DEFAULTS
        .withBuffers(buffers -> buffers
            .withReceiveBuffer(receiveBuffer)
            .withMaxReceiveBuffer(receiveBuffer)
            .withSendBuffer(1 << 20)
            .withMaxSendBuffer(1 << 20))
        .withWire(wire -> wire.withTimestamps(timestamps).withWindowScaling(scaling).withSelectiveAcknowledgment(false))
        .withCongestion(congestion -> congestion.withCongestionControl(NewReno.FACTORY))
        .withTimers(timers -> timers.withMinRto(Duration.ofSeconds(1)).withQuickAck(false))
        .withSecurity(security -> security.withChallengeAckInterval(Duration.ZERO))
        .withProbing(probing -> probing.withMtuProbing(TcpSettings.MtuProbing.OFF));
  }

  /** Starts before the SYN of an active open. */
  static Timeline active(TcpSettings settings) {
    return active(settings, FLOW, 1500, 1000, 5000);
  }

  static Timeline active(TcpSettings settings, FourTuple flow, int mtu, int iss, int irs) {
    return new Timeline(flow, mtu, iss, irs).connect(settings, QUIRKS);
  }

  /**
   * Starts before the SYN of an active open on a host with this memory, whose allocator is a {@link CountingAllocator}.
   */
  static Timeline active(TcpSettings settings, int mtu, HostMemory host) {
    return new Timeline(FLOW, mtu, 1000, 5000, host).connect(settings, QUIRKS);
  }

  private Timeline connect(TcpSettings settings, Quirks quirks) {
    engine = TcpEngine.connect(setup(settings, quirks), now);
    return this;
  }

  /** Starts with a passive open by this SYN. */
  static Timeline passive(TcpSettings settings, String syn) {
    return passive(settings, FLOW, 1500, 1000, 5000, syn);
  }

  static Timeline passive(TcpSettings settings, FourTuple flow, int mtu, int iss, int irs, String syn) {
    return new Timeline(flow, mtu, iss, irs).accept(settings, syn);
  }

  /**
   * Starts with a passive open by this SYN on a host with this memory, whose allocator is a {@link CountingAllocator}.
   */
  static Timeline passive(TcpSettings settings, HostMemory host, String syn) {
    return new Timeline(FLOW, 1500, 1000, 5000, host).accept(settings, syn);
  }

  private Setup setup(TcpSettings settings, Quirks quirks) {
    return new Setup(settings, quirks, flow, iss, timestampOffset(), mtu, host);
  }

  private Timeline accept(TcpSettings settings, String syn) {
    engine = TcpEngine.accept(setup(settings, QUIRKS), segment(syn), now);
    return this;
  }

  /** Starts established at 100 ms, after one round trip; the peer's MSS is 1460 and its window 65535. */
  static Timeline established(TcpSettings settings) {
    return established(settings, QUIRKS);
  }

  /** As {@link #established(TcpSettings)}, with {@code quirks} instead of {@link #QUIRKS}. */
  static Timeline established(TcpSettings settings, Quirks quirks) {
    return new Timeline(FLOW, 1500, 1000, 5000).connect(settings, quirks)
        .handshake("mss 1460" + (settings.wire().windowScaling() ? ", wscale 0" : "")
            + (settings.wire().selectiveAcknowledgment() ? ", sackOK" : "")
            + (settings.wire().timestamps() ? ", ts 1 " + TS0 : ""));
  }

  /** Starts established, with these options in the peer's SYN-ACK. */
  static Timeline established(TcpSettings settings, String options) {
    return active(settings).handshake(options);
  }

  Timeline handshake(String options) {
    drop();
    at(100).inject("S. 0(0) ack 1 win 65535 <" + options + ">");
    expect(". 1(0) ack 1");
    return this;
  }

  private int timestampOffset() {
    return TS0 - (int) TimeUnit.NANOSECONDS.toMillis(ORIGIN);
  }

  TcpEngine engine() {
    return engine;
  }

  TcpInfo info() {
    return engine.info(now);
  }

  Supplier<TcpInfo> numbers() {
    return engine.numbers(now);
  }

  long nowMillis() {
    return TimeUnit.NANOSECONDS.toMillis(now - ORIGIN);
  }

  // ---- time

  /** Advances the time to {@code millis}. Timers may expire meanwhile, but nothing may be sent before. */
  Timeline at(long millis) {
    long until = ORIGIN + TimeUnit.MILLISECONDS.toNanos(millis);
    assertThat(until).as("time runs forward").isGreaterThanOrEqualTo(now);
    if (until > now) {
      quiet();
    }
    while (engine.nextDeadline() < until) {
      now = Math.max(now, engine.nextDeadline());
      engine.onTimeout(now);
      quiet();
    }
    now = until;
    engine.onTimeout(now);
    return this;
  }

  /** Advances the time to {@code millis} while the device accepts nothing: segments that are due must wait. */
  Timeline busyUntil(long millis) {
    now = ORIGIN + TimeUnit.MILLISECONDS.toNanos(millis);
    engine.onTimeout(now);
    return this;
  }

  /** Advances the time by {@code millis}. */
  Timeline after(long millis) {
    return at(nowMillis() + millis);
  }

  /** Advances the time to the next deadline, which must exist; nothing may be sent before. */
  Timeline jump() {
    quiet();
    assertThat(engine.nextDeadline()).as("a deadline").isNotEqualTo(TcpEngine.NO_DEADLINE);
    now = Math.max(now, engine.nextDeadline());
    engine.onTimeout(now);
    return this;
  }

  /** Returns the time of the next deadline in milliseconds since the beginning, rounded. */
  long deadlineMillis() {
    return Math.round((engine.nextDeadline() - ORIGIN) / 1e6);
  }

  /** Expects that nothing is to be sent and no timer runs. */
  Timeline idle() {
    quiet();
    assertThat(engine.nextDeadline()).as("deadline").isEqualTo(TcpEngine.NO_DEADLINE);
    return this;
  }

  // ---- segments

  Timeline inject(String... texts) {
    for (String text : texts) {
      engine.onSegment(segment(text), now);
    }
    return this;
  }

  /** Injects a segment that was merged from segments of {@code size} octets. */
  Timeline injectMerged(String text, int size) {
    engine.onSegment(segment(text, new PacketFacts(0, ChecksumState.UNFINISHED, size)), now);
    return this;
  }

  /** Injects a segment with {@code n} octets of {@code value}, which differ from those of the stream. */
  Timeline injectOctets(int seq, int n, byte value) {
    return injectOctets(seq, 1, n, value);
  }

  /** As {@link #injectOctets(int, int, byte)}, with this acknowledgement number. */
  Timeline injectOctets(int seq, int ack, int n, byte value) {
    ByteBuf payload = memory.buffer(n);
    for (int i = 0; i < n; i++) {
      payload.writeByte(value);
    }
    TcpSegment s = segment(". " + seq + "(0) ack " + ack);
    s.release();
    engine.onSegment(new TcpSegment(
        flow, s.seq(), s.ack(), s.flags(), s.window(), 0, s.options(), 0, payload, PacketFacts.LOCAL), now);
    return this;
  }

  private TcpSegment segment(String line) {
    return segment(line, PacketFacts.LOCAL);
  }

  private TcpSegment segment(String line, PacketFacts facts) {
    SegmentText text = SegmentText.parse(line);
    ByteBuf payload = memory.buffer(Math.max(1, text.length()));
    int first = text.seq() + ((text.flags() & TcpSegment.SYN) != 0 ? 1 : 0);
    for (int i = 0; i < text.length(); i++) {
      payload.writeByte(SegmentText.octet(first + i));
    }
    int ack = text.ack() == SegmentText.OMITTED ? 0 : iss + text.ack();
    int window = text.window() == SegmentText.OMITTED ? 65_535 : text.window();
    int urgent = Math.max(0, text.urgent());
    TcpOptions options = SegmentText.shifted(text.options(), iss);
    return new TcpSegment(
        flow, irs + text.seq(), ack, text.flags(), window, urgent, options, Math.max(0, text.ecn()), payload,
        facts);
  }

  Timeline expect(String... texts) {
    for (String text : texts) {
      boolean exhausted = engine.isExhausted();
      TcpSegment segment = engine.poll(now);
      assertThat(exhausted).as("said that it has nothing to send").isFalse();
      assertThat(segment).as("a segment at %d ms, expected %s", nowMillis(), text).isNotNull();
      try {
        SegmentText.parse(text).compare(segment, iss, irs);
        assertThat(segment.payload().readerIndex()).as("headroom").isGreaterThanOrEqualTo(128);
      } finally {
        segment.release();
      }
    }
    return this;
  }

  /** Polls the next segment; the caller releases it. */
  TcpSegment poll() {
    return engine.poll(now);
  }

  /** Polls the next segment and returns it as text; {@code null} if there is none. */
  String next() {
    boolean exhausted = engine.isExhausted();
    TcpSegment segment = engine.poll(now);
    if (segment == null) {
      return null;
    }
    assertThat(exhausted).as("said that it has nothing to send").isFalse();
    String text = SegmentText.describe(segment, iss, irs);
    segment.release();
    return text;
  }

  /** Polls and releases all segments that are to be sent; returns their number. */
  int drop() {
    int n = 0;
    while (next() != null) {
      n++;
    }
    return n;
  }

  /** Expects that nothing is to be sent. */
  Timeline quiet() {
    assertThat(next()).as("silence at %d ms", nowMillis()).isNull();
    assertThat(host.held()).as("memory charged").isGreaterThanOrEqualTo(engine.receiveMemory());
    return this;
  }

  // ---- the application

  Timeline write(int bytes) {
    return write(bytes, false, false);
  }

  Timeline writeUrgent(int bytes) {
    return write(bytes, true, false);
  }

  /** Writes, and announces more data. */
  Timeline writeMore(int bytes) {
    return write(bytes, false, true);
  }

  private Timeline write(int bytes, boolean urgent, boolean more) {
    ByteBuf data = memory.buffer(bytes);
    for (int i = 0; i < bytes; i++) {
      data.writeByte(SegmentText.octet(1 + written + i));
    }
    int taken = urgent ? engine.writeUrgent(data, now) : engine.write(data, more, now);
    data.release();
    written += taken;
    assertThat(taken).as("bytes taken").isEqualTo(bytes);
    return this;
  }

  /** Reads exactly {@code bytes}, which must be available, and compares them. */
  Timeline read(int bytes) {
    int left = bytes;
    while (left > 0) {
      ByteBuf data = engine.read(left, now);
      assertThat(data).as("%d more bytes to read", left).isNotNull();
      left -= data.readableBytes();
      while (data.isReadable()) {
        assertThat(data.readByte()).as("octet %d", 1 + read).isEqualTo(SegmentText.octet(1 + read));
        read++;
      }
      data.release();
    }
    return this;
  }

  /** Reads {@code n} octets without comparing them. */
  byte[] take(int n) {
    byte[] octets = new byte[n];
    int at = 0;
    while (at < n) {
      ByteBuf data = engine.read(n - at, now);
      assertThat(data).isNotNull();
      int length = data.readableBytes();
      data.readBytes(octets, at, length);
      data.release();
      at += length;
    }
    read += n;
    return octets;
  }

  Timeline readable(int bytes) {
    assertThat(engine.readableBytes()).isEqualTo(bytes);
    return this;
  }

  Timeline shutdownOutput() {
    engine.shutdownOutput(now);
    return this;
  }

  Timeline discardInput() {
    engine.discardInput(now);
    return this;
  }

  Timeline shutdownInput() {
    engine.shutdownInput(now);
    return this;
  }

  Timeline abort() {
    engine.abort(now);
    return this;
  }

  /** Lets the stack end the connection. */
  Timeline cutOff() {
    engine.cutOff(now);
    return this;
  }

  /** Returns whether a connection in TIME-WAIT lets this SYN open a new one. */
  boolean givesWayTo(String syn) {
    TcpSegment segment = segment(syn);
    try {
      return engine.givesWayTo(segment);
    } finally {
      segment.release();
    }
  }

  boolean givesWay() {
    return engine.givesWay(now);
  }

  Timeline userTimeout(long seconds) {
    engine.userTimeout(TimeUnit.SECONDS.toNanos(seconds), now);
    return this;
  }

  Timeline finWait2Timeout(long millis) {
    engine.finWait2Timeout(TimeUnit.MILLISECONDS.toNanos(millis), now);
    return this;
  }

  Timeline noDelay(boolean on) {
    engine.noDelay(on, now);
    return this;
  }

  Timeline cork(boolean on) {
    engine.cork(on, now);
    return this;
  }

  /** Sets the keep-alive probes; times are in milliseconds. */
  Timeline keepAlive(boolean on, long idle, long interval, int probes) {
    engine.keepAlive(on, TimeUnit.MILLISECONDS.toNanos(idle), TimeUnit.MILLISECONDS.toNanos(interval), probes, now);
    return this;
  }

  Timeline quickAck(boolean on) {
    engine.quickAck(on);
    return this;
  }

  Timeline icmp(CloseCause cause, int quotedSeq) {
    engine.onIcmpError(cause, iss + quotedSeq, now);
    return this;
  }

  Timeline pathMtu(int bytes, int quotedSeq) {
    engine.onPathMtu(bytes, iss + quotedSeq, now);
    return this;
  }

  /** Reports that the link was down and is up again. */
  Timeline linkUp() {
    engine.onLinkUp(now);
    return this;
  }

  /** Sets a path MTU found outside the connection. */
  Timeline knownPathMtu(int bytes) {
    engine.pathMtu(bytes, now);
    return this;
  }

  Timeline state(TcpState state) {
    assertThat(engine.state()).isEqualTo(state);
    return this;
  }

  Timeline closed(CloseCause cause) {
    state(TcpState.CLOSED);
    assertThat(engine.closeCause()).isEqualTo(cause);
    assertThat(engine.nextDeadline()).isEqualTo(TcpEngine.NO_DEADLINE);
    return this;
  }

  /** Ends the connection and checks that every buffer has been released. */
  @Override
  public void close() {
    engine.abort(now);
    drop();
    assertThat(memory.live()).as("buffers not released").isZero();
    assertThat(host.held()).as("memory still charged").isZero();
  }
}
