package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Effects for {@link Wire#with}: misfortunes that networks have in store.
 *
 * <pre>{@code
 * wire.withToRight(Effects.cut());                                        // one way only
 * wire.withToLeft(Effects.dropNth(1, Frames.synAck()));
 * wire.with(Effects.mtuHole(1400));
 * wire.with(Effects.forgetIdle(Duration.ofMinutes(5)));
 * wire.with(Effects.reset(Effects.ResetTo.BOTH, Frames.data().and(Frames.port(80))));
 * }</pre>
 *
 * <p>Each call makes an effect with a memory of its own; one that counts frames counts those of both directions together if
 * it is added to both.
 */
public final class Effects {

  /** Which sides a middlebox resets. */
  public enum ResetTo {
    /** The one that sent the segment. */
    SENDER,
    /** The one that was to receive it. */
    RECEIVER,
    /** Both. */
    BOTH
  }

  private static final int LEAST_MTU = 68;
  private static final int MOST_BYTES = 65_535;
  private static final long MAX_RATE = 1_000_000_000_000L;

  private Effects() {}

  /** An effect that is the same whatever came before. */
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

  /** Drops every frame, as {@link Wire#cut} does, counted as {@code CUT}: with {@link Wire#withToRight} a one-way cut. */
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

  /** Drops the {@code n}-th of the frames of a {@code kind}, counted from 1. */
  public static Effect dropNth(int n, Predicate<Frame> kind) {
    return nth(n, kind, drop());
  }

  /** Delays every frame {@code by} a time, counted as {@code DELAYED}. */
  public static Effect delay(Duration by) {
    Verdict delay = Verdict.delay(by);
    return of("DELAYED", frame -> delay);
  }

  /**
   * Flips a bit of every frame that is long enough, counted as {@code FLIPPED}.
   *
   * @param offset the byte, 0 for the first one of the Ethernet header
   * @param bit 0 for the lowest one, to 7
   */
  public static Effect flipBit(int offset, int bit) {
    Checks.range("flipBit offset", offset, 0, MOST_BYTES, "bytes");
    Checks.range("flipBit bit", bit, 0, 7, "(number of the bit)");
    return of("FLIPPED", frame -> offset >= frame.payload().readableBytes()
        ? Verdict.pass()
        : Verdict
            .replace(Direction.flipped(new Frame(frame.payload().retain(), frame.facts()), offset * Byte.SIZE + bit)));
  }

  /** Lets {@code effect} see only frames of a {@code kind}. */
  public static Effect only(Predicate<Frame> kind, Effect effect) {
    return new SelectiveEffect(Checks.given("only kind", kind), Checks.given("only effect", effect), 0);
  }

  /** Lets {@code effect} see only the {@code n}-th of the frames of a {@code kind}, counted from 1. */
  public static Effect nth(int n, Predicate<Frame> kind, Effect effect) {
    Checks.positive("n", n, "(frames counted from 1)");
    return new SelectiveEffect(Checks.given("nth kind", kind), Checks.given("nth effect", effect), n);
  }

  /**
   * Lets {@code effect} see only the first TCP segment that acknowledges all of the {@code n}-th segment of a {@code kind}, counted
   * from 1. Add it to both directions: the segments pass in one, their acknowledgements in the other.
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
   * Marks IPv4 packets of transports that understand it with "congestion experienced" (RFC 3168 section 5), counted as {@code
   * CE_MARKED}; others pass as they are.
   */
  public static Effect markCongestion() {
    return of("CE_MARKED", Answers::marked);
  }

  /** Drops IP packets of more than {@code bytes} in silence, counted as {@code MTU_HOLE}: a path-MTU black hole. */
  public static Effect mtuHole(int bytes) {
    Checks.range("mtuHole bytes", bytes, LEAST_MTU, MOST_BYTES, "bytes");
    return of("MTU_HOLE",
        frame -> FrameView.of(frame).packetLength() > bytes ? Verdict.drop("MTU_HOLE") : Verdict.pass());
  }

  /**
   * Drops IPv4 packets of more than {@code bytes}, counted as {@code MTU_TOO_BIG}, and answers those that may not be fragmented
   * with ICMP "fragmentation needed" (RFC 1191 section 4): a link with a smaller MTU behind a router. It does not fragment.
   *
   * @param router the address that the message comes from
   */
  public static Effect mtu(int bytes, String router) {
    Checks.range("mtu bytes", bytes, LEAST_MTU, MOST_BYTES, "bytes");
    Ipv4Address from = Ipv4Address.parse(Checks.text("mtu router", router));
    return of("MTU_TOO_BIG", frame -> Answers.tooBig(frame, bytes, from));
  }

  /**
   * A middlebox that answers TCP segments of a {@code kind} with RST, in the name of the other side, and drops them; counted
   * as {@code RESET}.
   */
  public static Effect reset(ResetTo sides, Predicate<Frame> kind) {
    Checks.given("reset sides", sides);
    Checks.given("reset kind", kind);
    return of("RESET", frame -> kind.test(frame) ? Answers.reset(frame, sides) : Verdict.pass());
  }

  /**
   * A NAT or firewall that forgets flows on which nothing has passed for {@code idle} and then drops what belongs to them in
   * silence, counted as {@code FORGOTTEN}. Add it to both directions, before the first packet.
   *
   * <p>A flow of TCP is remembered, again, from a SYN on, whoever sends it. One of UDP is remembered from its first datagram on, and
   * again from a datagram of the side that sent that one. Everything else passes.
   */
  public static Effect forgetIdle(Duration idle) {
    return new FlowMemory(Checks.zeroOrMore("forgetIdle idle", idle));
  }

  /**
   * A bottleneck whose queue is kept short by CoDel (RFC 8289) with a target of 5 ms and an interval of 100 ms; its drops are
   * counted as {@code CODEL}. Of 1000 frames that wait the next one is dropped as {@code CODEL_FULL}.
   *
   * @param bitsPerSecond its rate; 1 to 10<sup>12</sup>
   */
  public static Effect codel(long bitsPerSecond) {
    return codel(bitsPerSecond, Duration.ofMillis(5), Duration.ofMillis(100));
  }

  /**
   * As {@link #codel(long)}, with other times.
   *
   * @param target how long frames may wait all the time; 1 ms to 365 d
   * @param interval for how long they may wait longer than that; 1 ms to 365 d
   */
  public static Effect codel(long bitsPerSecond, Duration target, Duration interval) {
    Checks.range("codel rate", bitsPerSecond, 1, MAX_RATE, "bit/s (bitsPerSecond)");
    Checks.positive("codel target", target);
    Checks.positive("codel interval", interval);
    Bottleneck link = Bottleneck.NONE.rate(bitsPerSecond);
    return new QueueEffect("CODEL", 1000, link::serviceNanos, () -> new CoDel(target, interval));
  }

  /**
   * A line that works for a while and fails for a while, by chance: both times are distributed exponentially. Meanwhile it drops every
   * frame, counted as {@code OUTAGE}. Added to both directions it fails in both at once; it works at first.
   *
   * @param up mean time for which it works; 1 ns to 365 d
   * @param down mean time for which it does not; 1 ns to 365 d
   */
  public static Effect outages(Duration up, Duration down) {
    return new Outages(Checks.positive("outages up", up), Checks.positive("outages down", down));
  }

  /**
   * A receiver that takes {@code framesPerSecond} and has room for {@code room} more; what finds no room is dropped and counted
   * as {@code SLOW_RECEIVER_FULL}.
   *
   * @param framesPerSecond 1 to 10<sup>9</sup>
   * @param room 1 or more frames
   */
  public static Effect slowReceiver(int framesPerSecond, int room) {
    Checks.range("framesPerSecond", framesPerSecond, 1, 1_000_000_000, "frames a second");
    Checks.positive("room", room, "frames");
    long nanos = 1_000_000_000L / framesPerSecond;
    return new QueueEffect("SLOW_RECEIVER", room, bytes -> nanos, () -> QueueEffect.Discipline.FIFO);
  }
}
