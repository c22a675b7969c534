package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A library of effects for {@link Wire#with}: the failures that networks have.
 *
 * <pre>{@code
 * wire.withToRight(Effects.cut());                                        // one way only
 * wire.withToLeft(Effects.dropNth(1, Frames.synAck()));
 * wire.with(Effects.mtuHole(1400));
 * wire.with(Effects.forgetIdle(Duration.ofMinutes(5)));
 * wire.with(Effects.reset(Effects.ResetTo.BOTH, Frames.data().and(Frames.port(80))));
 * }</pre>
 *
 * <p>Each call returns an effect with its own state. An effect that counts frames and is added to both directions
 * counts the frames of both together.
 */
public final class Effects {

  /** The sides that a middlebox resets. */
  public enum ResetTo {
    /** The sender of the segment. */
    SENDER,
    /** The receiver of the segment. */
    RECEIVER,
    /** Both sides. */
    BOTH
  }

  private static final int MIN_MTU = 68;
  private static final int MAX_BYTES = 65_535;
  private static final int MAX_ROUTERS = 254;
  private static final long MAX_RATE = 1_000_000_000_000L;

  private Effects() {}

  /** Returns an effect without state. */
  private static Effect of(String name, Function<Frame, Verdict> verdict) {
    return new Effect() {
      @Override
      public Verdict judge(Frame frame, Duration now) {
        return verdict.apply(frame);
      }

      @Override
      public String name() {
        return name;
      }
    };
  }

  /**
   * Drops every frame, as {@link Wire#cut} does, counted as {@code CUT}; with {@link Wire#withToRight} it is a one-way
   * cut.
   */
  public static Effect cut() {
    return of("CUT", frame -> Verdict.drop("CUT"));
  }

  /** Drops every frame, counted as {@code DROPPED}; useful in {@link #only} and {@link #nth}. */
  public static Effect drop() {
    return of("DROPPED", frame -> Verdict.drop("DROPPED"));
  }

  /** Drops the {@code n}-th frame, counted from 1. */
  public static Effect dropNth(int n) {
    return dropNth(n, Frames.any());
  }

  /** Drops the {@code n}-th frame of a {@code kind}, counted from 1. */
  public static Effect dropNth(int n, Predicate<Frame> kind) {
    return nth(n, kind, drop());
  }

  /** Delays every frame by {@code by}, counted as {@code DELAYED}. */
  public static Effect delay(Duration by) {
    Verdict delay = Verdict.delay(by);
    return of("DELAYED", frame -> delay);
  }

  /**
   * Flips one bit of every frame that is long enough, counted as {@code FLIPPED}.
   *
   * @param offset the byte; 0 is the first byte of the Ethernet header
   * @param bit the bit of that byte, 0 (lowest) to 7
   */
  public static Effect flipBit(int offset, int bit) {
    Checks.range("flipBit offset", offset, 0, MAX_BYTES, "bytes");
    Checks.range("flipBit bit", bit, 0, 7, "(number of the bit)");
    return of("FLIPPED", frame -> offset >= frame.payload().readableBytes()
        ? Verdict.pass()
        : Verdict
            .replace(Direction.flipped(new Frame(frame.payload().retain(), frame.facts()), offset * Byte.SIZE + bit)));
  }

  /** Applies {@code effect} only to frames of a {@code kind}. */
  public static Effect only(Predicate<Frame> kind, Effect effect) {
    return new SelectiveEffect(Checks.given("only kind", kind), Checks.given("only effect", effect), 0);
  }

  /** Applies {@code effect} only to the {@code n}-th frame of a {@code kind}, counted from 1. */
  public static Effect nth(int n, Predicate<Frame> kind, Effect effect) {
    Checks.positive("n", n, "(frames counted from 1)");
    return new SelectiveEffect(Checks.given("nth kind", kind), Checks.given("nth effect", effect), n);
  }

  /**
   * Applies {@code effect} only to the first TCP segment that acknowledges all of the {@code n}-th segment of a
   * {@code kind}, counted from 1. Add it to both directions: the segments pass in one, their acknowledgements in the
   * other.
   *
   * <pre>{@code
   * wire.with(Effects.ackOf(2, Frames.data().and(Frames.to(server.address())), Effects.drop()));
   * }</pre>
   */
  public static Effect ackOf(int n, Predicate<Frame> kind, Effect effect) {
    Checks.positive("ackOf n", n, "(frames counted from 1)");
    return new AckEffect(n, Checks.given("ackOf kind", kind), Checks.given("ackOf effect", effect));
  }

  /**
   * Marks IPv4 packets of ECN-capable transports with "congestion experienced" (RFC 3168 section 5), counted as
   * {@code CE_MARKED}; other packets pass unchanged.
   */
  public static Effect markCongestion() {
    return of("CE_MARKED", Answers::marked);
  }

  /** Drops IP packets of more than {@code bytes} silently, counted as {@code MTU_HOLE}: a path-MTU black hole. */
  public static Effect mtuHole(int bytes) {
    Checks.range("mtuHole bytes", bytes, MIN_MTU, MAX_BYTES, "bytes");
    return of("MTU_HOLE",
        frame -> FrameView.of(frame).packetLength() > bytes ? Verdict.drop("MTU_HOLE") : Verdict.pass());
  }

  /**
   * Drops packets of more than {@code bytes}, counted as {@code MTU_TOO_BIG}, of the IP version of {@code router}, and
   * answers those that must not be fragmented with ICMP "fragmentation needed" (RFC 1191 section 4) or ICMPv6 "packet
   * too big" (RFC 8201): a router in front of a link with a smaller MTU. It does not fragment.
   *
   * @param router the source address of the ICMP message
   */
  public static Effect mtu(int bytes, String router) {
    Checks.range("mtu bytes", bytes, MIN_MTU, MAX_BYTES, "bytes");
    IpAddress from = IpAddress.parse(Checks.text("mtu router", router));
    return of("MTU_TOO_BIG", frame -> Answers.tooBig(frame, bytes, from));
  }

  /**
   * A row of routers, as the sender of the frames meets them: each lowers the hop limit of a packet by one, and drops
   * the packet with an ICMP "time exceeded" error when that leaves nothing, counted as {@code HOP_LIMIT}. The stations
   * at both ends are still neighbours; packets to groups pass. Add it to one direction of a wire, and the routers in
   * reverse order to the other.
   *
   * @param addresses the addresses from which the routers send their errors, all of one IP version; packets of the other
   *     version pass unchanged
   */
  public static Effect routers(String... addresses) {
    List<IpAddress> row = Checks.all("routers addresses", addresses).stream().map(IpAddress::parse).toList();
    Checks.range("routers addresses", row.size(), 1, MAX_ROUTERS, "routers");
    if (row.stream().map(IpAddress::isV4).distinct().count() > 1) {
      throw new IllegalArgumentException("routers of both IP versions: " + row);
    }
    return of("HOP_LIMIT", frame -> RouterAnswers.forward(frame, row));
  }

  /**
   * A middlebox that drops TCP segments of a {@code kind} and sends RSTs instead, each in the name of the opposite
   * side; counted as {@code RESET}.
   */
  public static Effect reset(ResetTo sides, Predicate<Frame> kind) {
    Checks.given("reset sides", sides);
    Checks.given("reset kind", kind);
    return of("RESET", frame -> kind.test(frame) ? Answers.reset(frame, sides) : Verdict.pass());
  }

  /**
   * A NAT or firewall that forgets a flow when no packet of it has passed for {@code idle}, and then drops the flow's
   * packets silently, counted as {@code FORGOTTEN}. Add it to both directions, before the first packet.
   *
   * <p>A SYN from either side opens a TCP flow, also one that was forgotten. The first datagram opens a UDP flow; after
   * that only the side that sent it can reopen the flow. All other packets pass.
   */
  public static Effect forgetIdle(Duration idle) {
    return new FlowMemory(Checks.zeroOrMore("forgetIdle idle", idle));
  }

  /**
   * A bottleneck whose queue is kept short by CoDel (RFC 8289) with a target of 5 ms and an interval of 100 ms; its
   * drops are counted as {@code CODEL}. When 1000 frames wait, further ones are dropped and counted as
   * {@code CODEL_FULL}.
   *
   * @param bitsPerSecond its rate; 1 to 10<sup>12</sup>
   */
  public static Effect codel(long bitsPerSecond) {
    return codel(bitsPerSecond, Duration.ofMillis(5), Duration.ofMillis(100));
  }

  /**
   * Like {@link #codel(long)}, with other times.
   *
   * @param target the waiting time that is acceptable permanently; 1 ms to 365 d
   * @param interval the time for which frames may wait longer than that; 1 ms to 365 d
   */
  public static Effect codel(long bitsPerSecond, Duration target, Duration interval) {
    Checks.range("codel rate", bitsPerSecond, 1, MAX_RATE, "bit/s (bitsPerSecond)");
    Checks.positive("codel target", target);
    Checks.positive("codel interval", interval);
    Bottleneck link = Bottleneck.NONE.rate(bitsPerSecond);
    return new QueueEffect("CODEL", 1000, link::serviceNanos, () -> new CoDel(target, interval));
  }

  /**
   * A line that alternates at random between working and failing; both periods are distributed exponentially. While it
   * fails it drops every frame, counted as {@code OUTAGE}. Added to both directions it fails in both at the same time.
   * It works at the beginning.
   *
   * @param up mean length of a working period; 1 ms to 365 d
   * @param down mean length of a failure; 1 ms to 365 d
   */
  public static Effect outages(Duration up, Duration down) {
    return new Outages(Checks.positive("outages up", up), Checks.positive("outages down", down));
  }

  /**
   * A receiver that takes {@code framesPerSecond} and queues up to {@code room} more frames; frames beyond that are
   * dropped and counted as {@code SLOW_RECEIVER_FULL}.
   *
   * @param framesPerSecond 1 to 10<sup>9</sup>
   * @param room capacity of the queue in frames, 1 or more
   */
  public static Effect slowReceiver(int framesPerSecond, int room) {
    Checks.range("framesPerSecond", framesPerSecond, 1, 1_000_000_000, "frames a second");
    Checks.positive("room", room, "frames");
    long nanos = 1_000_000_000L / framesPerSecond;
    return new QueueEffect("SLOW_RECEIVER", room, bytes -> nanos, () -> QueueEffect.Discipline.FIFO);
  }
}
