package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionState;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.PacketFields;
import io.reactorstack.wire.TcpSegment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The rest of a connection in TIME-WAIT that has nothing more to send or to read: the numbers with which it answers old
 * segments (RFC 9293 section 3.10.7.4) and recognises a newer incarnation (RFC 6191). It processes the
 * connection's segments in place of the engine.
 *
 * <p>As the engine it does no I/O and has no clock, and its times are in nanoseconds. Not thread-safe.
 */
public final class TimeWait {

  /** The kinds of segments that a connection in TIME-WAIT distinguishes. */
  enum Kind {
    /** A RST, which does not end TIME-WAIT, whatever its sequence number (RFC 1337 F1). */
    RESET,
    /** The peer's FIN again: our acknowledgement of it was lost. */
    REPEATED_FIN,
    /** An old segment, or one beyond the window: at most a challenge ACK answers it. */
    STRAY,
    /** An acknowledgement in the window, which needs no answer. */
    ACKNOWLEDGEMENT
  }

  private final FourTuple flow;
  private final TcpSettings settings;
  private final PacketFields packetFields;
  private final Timestamps timestamps;
  /** Created by the first challenge. */
  private @Nullable ChallengeLimit challenges;
  private final int sndNxt;
  private final int rcvNxt;
  private final int rcvWnd;
  /** The flags and the window field of our acknowledgements. */
  private final int flags;
  private final int window;
  private final long since;
  private long deadline;
  private boolean ackDue;
  private boolean over;

  /** Creates what is left of a connection in {@code state}, which it entered at {@code since} and leaves at {@code deadline}. */
  TimeWait(ConnectionParts parts, State.TimeWait state, @Nullable ChallengeLimit challenges, long since,
      long deadline) {
    Receiver receiver = state.receiver();
    this.flow = parts.setup.flow();
    this.settings = parts.settings;
    this.packetFields = parts.size.packetFields();
    this.timestamps = parts.timestamps;
    this.challenges = challenges;
    this.sndNxt = state.sndNxt();
    this.rcvNxt = receiver.rcvNxt();
    this.rcvWnd = receiver.acceptance();
    this.flags = TcpSegment.ACK | receiver.ecn().flags();
    this.window = receiver.window().field(rcvNxt);
    this.since = since;
    this.deadline = deadline;
  }

  /**
   * Takes over from {@code engine}, which must then get no more segments and timeouts; its state is TIME-WAIT until
   * {@link #end} is called.
   *
   * @return {@code null} if the engine is not in TIME-WAIT, or has something to send or to read
   */
  public static @Nullable TimeWait of(TcpEngine engine) {
    return engine.connection.retire();
  }

  /** Returns what {@code segment} is to a connection in TIME-WAIT that expects {@code rcvNxt} in a window of {@code rcvWnd}. */
  static Kind kindOf(TcpSegment segment, int rcvNxt, int rcvWnd) {
    if (segment.has(TcpSegment.RST)) {
      return Kind.RESET;
    }
    if (segment.has(TcpSegment.FIN) && segment.end() == rcvNxt) {
      return Kind.REPEATED_FIN;
    }
    boolean acceptable = rcvWnd == 0
        ? segment.seq() == rcvNxt
        : SequenceNumber.inRange(segment.seq(), rcvNxt, rcvNxt + rcvWnd);
    return segment.sequenceLength() > 0 || !acceptable ? Kind.STRAY : Kind.ACKNOWLEDGEMENT;
  }

  /**
   * Processes a segment of the connection; the caller keeps ownership of it. Afterwards an acknowledgement may be
   * due, and {@link #deadline} may be later.
   *
   * @return whether the segment was used
   */
  public boolean onSegment(TcpSegment segment, long now) {
    Kind kind = kindOf(segment, rcvNxt, rcvWnd);
    if (kind == Kind.REPEATED_FIN) {
      deadline = now + settings.closing().timeWait().toNanos();
      ackDue = true;
    } else if (kind == Kind.STRAY) {
      ackDue |= challenge(now);
    }
    return kind == Kind.REPEATED_FIN || kind == Kind.ACKNOWLEDGEMENT;
  }

  private boolean challenge(long now) {
    ChallengeLimit limit = challenges;
    if (limit == null) {
      limit = new ChallengeLimit(settings.security().challengeAckInterval().toNanos());
      challenges = limit;
    }
    return limit.take(now);
  }

  /** Returns whether an acknowledgement is due. */
  public boolean isAckDue() {
    return ackDue;
  }

  /** Builds the acknowledgement to send at {@code now}; the caller owns it. */
  public TcpSegment acknowledgement(ByteBufAllocator allocator, long now) {
    ackDue = false;
    return new TcpSegment(flow, sndNxt, rcvNxt, flags, window, 0, timestamps.option(now), 0,
        Headroom.allocate(allocator, 0), PacketFacts.LOCAL);
  }

  /** Returns the numbers of a connection of which nothing else is left. */
  public TcpInfo info() {
    Duration none = Duration.ZERO;
    return new TcpInfo(
        over ? TcpState.CLOSED : TcpState.TIME_WAIT,
        new TcpInfo.Options(timestamps.isActive(), false, false, false, false, false, 0, 0),
        new TcpInfo.Timing(new TcpInfo.RoundTrip(none, none, none, none), new TcpInfo.Timeouts(none, none, 0, 0, 0),
            new TcpInfo.Idle(none, none, none)),
        new TcpInfo.Sizes(0, 0, 0, 0),
        new TcpInfo.Congestion("", CongestionState.OPEN, 0, 0, 0, 0, 0, false),
        new TcpInfo.Transfer(new TcpInfo.Flight(0, 0, 0, 0, 0, 0, 0, 0), new TcpInfo.Sent(0, 0, 0, 0, 0, 0),
            new TcpInfo.Delivery(0, 0, 0), new TcpInfo.Received(0, 0, 0, 0)),
        new TcpInfo.Windows(0, rcvWnd, 0, 0),
        new TcpInfo.Limits(none, none, none, none, none));
  }

  /** The addresses and ports of the connection. */
  public FourTuple flow() {
    return flow;
  }

  /** The IP header fields for packets that carry its segments. */
  public PacketFields packetFields() {
    return packetFields;
  }

  /** The end of TIME-WAIT, in nanoseconds (2 MSL, RFC 9293 section 3.6.1). */
  public long deadline() {
    return deadline;
  }

  /** SND.NXT, above which a new incarnation must choose its ISS (RFC 6191 section 2). */
  public int sndNxt() {
    return sndNxt;
  }

  /** As {@link TcpEngine#givesWayTo}. */
  public boolean givesWayTo(TcpSegment syn) {
    return TimeWaitReuse.isNewer(syn, rcvNxt, timestamps, settings);
  }

  /** As {@link TcpEngine#givesWay}. */
  public boolean givesWay(long now) {
    return TimeWaitReuse.isOver(timestamps, since, settings, now);
  }

  /** Ends TIME-WAIT: the engine that it came from is in CLOSED. */
  public void end() {
    over = true;
  }

  /** Returns whether TIME-WAIT has ended. */
  public boolean isOver() {
    return over;
  }
}
