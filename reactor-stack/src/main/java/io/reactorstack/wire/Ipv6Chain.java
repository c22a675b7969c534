package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The chain of extension headers between an IPv6 header and the payload (RFC 8200 section 4). {@link #walk} and
 * {@link #skim} parse it once, within the bounds of the packet.
 *
 * <p>A destination accepts extension headers in any order and number, except that hop-by-hop options come first (RFC
 * 8200 section 4.1) and that this stack limits the number. The supported headers require nothing of a host, so the walk
 * steps over them. It stops at the fragment header of a fragment; an atomic fragment counts as a whole packet (RFC
 * 6946).
 */
public final class Ipv6Chain {

  /** The next header value of hop-by-hop options. */
  public static final int HOP_BY_HOP = 0;

  /** The next header value of a routing header. */
  public static final int ROUTING = 43;

  /** The next header value of a fragment header. */
  public static final int FRAGMENT = 44;

  /** The next header value of a packet without a payload. */
  public static final int NO_NEXT_HEADER = 59;

  /** The next header value of destination options. */
  public static final int DESTINATION_OPTIONS = 60;

  /** The highest number of extension headers that the stack accepts (RFC 8504 section 5.3). */
  private static final int MAX_HEADERS = 8;

  private static final int PAD1 = 0;
  private static final int PAD_N = 1;

  /** The codes of an ICMPv6 Parameter Problem (RFC 4443 section 3.4). */
  public enum Problem {
    /** A header field has an erroneous value. */
    HEADER_FIELD,
    /** A next header value is unknown, or not allowed in its place. */
    NEXT_HEADER,
    /** An option is unknown, and its type requires a report. */
    OPTION
  }

  /** The result of a walk. */
  public enum Outcome {
    /** The walk reached the payload. */
    PAYLOAD,
    /** The walk stopped at the fragment header of a fragment. */
    PART,
    /** The packet is to be dropped without a report. */
    DISCARD,
    /** The packet is to be dropped, and {@link Ipv6Chain#problem} reported to its sender. */
    PROBLEM
  }

  private final ByteBuf packet;
  private final int start;
  private final int end;
  private final boolean group;
  private final Mode mode;
  private Outcome outcome = Outcome.PAYLOAD;
  private IpDefect reason = IpDefect.BAD_EXTENSION;
  private Problem problem = Problem.HEADER_FIELD;
  private int pointer;
  /** The index of the next header field that names the header at {@link #at}. */
  private int namedAt;
  private int at;
  private int next;
  private @Nullable Ipv6FragmentHeader fragment;

  /** The ways to walk. */
  private enum Mode {
    /** The contents of the headers are checked. */
    STRICT,
    /** Only the lengths of the headers are checked. */
    SKIMMING,
    /** As {@link #SKIMMING}, and beyond the fragment header of a first fragment. */
    FIRST_FRAGMENT
  }

  private Ipv6Chain(ByteBuf packet, int start, int end, boolean group, Mode mode) {
    this.packet = packet;
    this.start = start;
    this.end = end;
    this.group = group;
    this.mode = mode;
    this.namedAt = start + Ipv6Header.NEXT_HEADER;
    this.at = start + Ipv6Header.LENGTH;
    this.next = packet.getUnsignedByte(namedAt);
  }

  /**
   * Walks the headers of the packet between {@code start} and {@code end}. Its fixed header must have been checked.
   *
   * @param group true if the packet was sent to a group, which suppresses the report of some problems
   */
  public static Ipv6Chain walk(ByteBuf packet, int start, int end, boolean group) {
    return new Ipv6Chain(packet, start, end, group, Mode.STRICT).walk();
  }

  /**
   * Finds the payload of a packet that is only inspected, such as a quoted or dropped one: as {@link #walk}, but
   * without a check of the headers' contents.
   */
  public static Ipv6Chain skim(ByteBuf packet, int start, int end) {
    return new Ipv6Chain(packet, start, end, true, Mode.SKIMMING).walk();
  }

  /**
   * Finds the payload of a first fragment: as {@link #skim}, but steps over the fragment header. The outcome is
   * {@link Outcome#DISCARD} or {@link Outcome#PART} if the fragment does not contain all headers before the payload
   * (RFC 7112).
   */
  public static Ipv6Chain skimFirstFragment(ByteBuf packet, int start, int end) {
    return new Ipv6Chain(packet, start, end, true, Mode.FIRST_FRAGMENT).walk();
  }

  private Ipv6Chain walk() {
    for (int headers = 0; step(headers); headers++) {
      // Each step handles one header.
    }
    return this;
  }

  /** The result of the walk. */
  public Outcome outcome() {
    return outcome;
  }

  /** The reason for the drop, with {@link Outcome#DISCARD} and {@link Outcome#PROBLEM}. */
  public IpDefect reason() {
    return reason;
  }

  /** The problem to report to the sender, with {@link Outcome#PROBLEM}. */
  public Problem problem() {
    return problem;
  }

  /** The offset of the faulty field from the beginning of the packet, in octets, with {@link Outcome#PROBLEM}. */
  public int pointer() {
    return pointer;
  }

  /** The protocol of the payload, or {@link #FRAGMENT} with {@link Outcome#PART}. */
  public int next() {
    return next;
  }

  /** The octets from the beginning of the packet to the header or payload at which the walk stopped. */
  public int length() {
    return at - start;
  }

  /** The offset of the next header field that names the payload, from the beginning of the packet, in octets. */
  public int nameOffset() {
    return namedAt - start;
  }

  /**
   * The last fragment header of the chain: with {@link Outcome#PART} the one at which the walk stopped, otherwise that
   * of an atomic fragment; {@code null} if the chain has none.
   */
  public @Nullable Ipv6FragmentHeader fragment() {
    return fragment;
  }

  @Override
  public String toString() {
    return outcome + " next " + next + " len " + length();
  }

  /** Handles the header at {@link #at}; returns {@code false} to end the walk. */
  private boolean step(int headers) {
    return switch (next) {
      case HOP_BY_HOP, DESTINATION_OPTIONS, ROUTING, FRAGMENT -> {
        // RFC 8200 4: hop-by-hop options that are not the first header count as an unrecognized next header.
        if (next == HOP_BY_HOP && headers > 0 && mode == Mode.STRICT) {
          yield fail(Problem.NEXT_HEADER, namedAt);
        }
        if (headers == MAX_HEADERS) {
          yield discard(IpDefect.BAD_EXTENSION);
        }
        yield next == FRAGMENT ? fragmentHeader() : extension();
      }
      // RFC 8200 4.7: octets after No Next Header are ignored.
      case NO_NEXT_HEADER -> discard(IpDefect.NO_NEXT_HEADER);
      default -> false;
    };
  }

  private boolean extension() {
    int length = at + 2 <= end ? 8 + packet.getUnsignedByte(at + 1) * 8 : Integer.MAX_VALUE;
    if (length > end - at) {
      return discard(IpDefect.BAD_EXTENSION);
    }
    if (mode != Mode.STRICT) {
      advance(length);
      return true;
    }
    if (next == ROUTING) {
      // RFC 8200 4.4, RFC 5095 3: no routing type is supported; a header without segments left is skipped.
      if (packet.getUnsignedByte(at + 3) != 0) {
        reason = IpDefect.SOURCE_ROUTE;
        return fail(Problem.HEADER_FIELD, at + 2);
      }
    } else if (!options(at + 2, at + length)) {
      return false;
    }
    advance(length);
    return true;
  }

  private boolean fragmentHeader() {
    if (end - at < Ipv6FragmentHeader.LENGTH) {
      return discard(IpDefect.BAD_EXTENSION);
    }
    Ipv6FragmentHeader header = Ipv6FragmentHeader.at(packet, at);
    boolean isFirst = mode == Mode.FIRST_FRAGMENT && fragment == null && header.fragmentOffset() == 0;
    fragment = header;
    // RFC 6946 4: offset 0 without the M flag is an atomic fragment, a whole packet of its own.
    if (!header.isAtomic() && !isFirst) {
      outcome = Outcome.PART;
      return false;
    }
    advance(Ipv6FragmentHeader.LENGTH);
    return true;
  }

  private void advance(int length) {
    next = packet.getUnsignedByte(at);
    namedAt = at;
    at += length;
  }

  /**
   * Checks the options in order. RFC 8200 4.2: the two highest bits of an unknown type determine what happens to the
   * packet.
   */
  private boolean options(int from, int to) {
    int option = from;
    while (option < to) {
      int type = packet.getUnsignedByte(option);
      if (type == PAD1) {
        option++;
        continue;
      }
      if (option + 2 > to || option + 2 + packet.getUnsignedByte(option + 1) > to) {
        return discard(IpDefect.BAD_OPTION);
      }
      if (type != PAD_N && !mayBeSkipped(type, option)) {
        return false;
      }
      option += 2 + packet.getUnsignedByte(option + 1);
    }
    return true;
  }

  private boolean mayBeSkipped(int type, int option) {
    reason = IpDefect.UNKNOWN_OPTION;
    return switch (type >>> 6) {
      case 0 -> true;
      case 1 -> discard(IpDefect.UNKNOWN_OPTION);
      case 2 -> fail(Problem.OPTION, option);
      default -> group ? discard(IpDefect.UNKNOWN_OPTION) : fail(Problem.OPTION, option);
    };
  }

  private boolean discard(IpDefect why) {
    outcome = Outcome.DISCARD;
    reason = why;
    return false;
  }

  private boolean fail(Problem what, int field) {
    outcome = Outcome.PROBLEM;
    problem = what;
    pointer = field - start;
    return false;
  }
}
