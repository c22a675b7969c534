package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;

/**
 * The chain of extension headers between an IPv6 header and the payload (RFC 8200 section 4): walked once, within bounds,
 * by {@link #walk}.
 *
 * <p>A destination takes them in any order and number, except that hop-by-hop options stand first (RFC 8200 section 4.1).
 * None of those that a host still meets asks anything of it beyond being stepped over; the fragment header stops the walk
 * unless the packet is whole (RFC 6946).
 */
public final class Ipv6Chain {

  /** The next header value of hop-by-hop options. */
  public static final int HOP_BY_HOP = 0;

  /** The next header value of a routing header. */
  public static final int ROUTING = 43;

  /** The next header value of a fragment header. */
  public static final int FRAGMENT = 44;

  /** The next header value that says that nothing follows. */
  public static final int NO_NEXT_HEADER = 59;

  /** The next header value of destination options. */
  public static final int DESTINATION_OPTIONS = 60;

  /** Octets of a fragment header. */
  static final int FRAGMENT_HEADER = 8;

  /** More extension headers than this serve no packet (RFC 8504 section 5.3). */
  private static final int MOST_HEADERS = 8;

  private static final int PAD1 = 0;
  private static final int PAD_N = 1;

  /** What an ICMPv6 Parameter Problem says of a packet (RFC 4443 section 3.4). */
  public enum Problem {
    /** A header field has a value that cannot be. */
    HEADER_FIELD,
    /** A next header is not known in its place. */
    NEXT_HEADER,
    /** An option is not known, and says that this matters. */
    OPTION
  }

  /** How the walk has ended. */
  public enum Outcome {
    /** At the payload. */
    PAYLOAD,
    /** At the fragment header of a packet that is not whole. */
    PART,
    /** Drop the packet in silence. */
    DISCARD,
    /** Drop the packet and report {@link Ipv6Chain#problem}. */
    PROBLEM
  }

  private final ByteBuf packet;
  private final int start;
  private final int end;
  private final boolean group;
  private final boolean strict;
  private Outcome outcome = Outcome.PAYLOAD;
  private IpDefect reason = IpDefect.BAD_EXTENSION;
  private Problem problem = Problem.HEADER_FIELD;
  private int pointer;
  /** Where the header field stands that names what comes at {@link #at}. */
  private int namedAt;
  private int at;
  private int next;
  private int fragmentOffset;
  private boolean moreFragments;

  private Ipv6Chain(ByteBuf packet, int start, int end, boolean group, boolean strict) {
    this.packet = packet;
    this.start = start;
    this.end = end;
    this.group = group;
    this.strict = strict;
    this.namedAt = start + Ipv6Header.NEXT_HEADER;
    this.at = start + Ipv6Header.LENGTH;
    this.next = packet.getUnsignedByte(namedAt);
  }

  /**
   * Walks the headers of the packet between {@code start} and {@code end}, of which the fixed header was checked.
   *
   * @param group whether it was sent to more than one host, which lets some problems pass without a report
   */
  public static Ipv6Chain walk(ByteBuf packet, int start, int end, boolean group) {
    return new Ipv6Chain(packet, start, end, group, true).walk();
  }

  /** As {@link #walk}, to find the payload of a packet that is quoted or dropped anyway: no content is judged. */
  public static Ipv6Chain skim(ByteBuf packet, int start, int end) {
    return new Ipv6Chain(packet, start, end, true, false).walk();
  }

  private Ipv6Chain walk() {
    for (int headers = 0; step(headers); headers++) {
      // Each step takes one header.
    }
    return this;
  }

  /** How the walk has ended. */
  public Outcome outcome() {
    return outcome;
  }

  /** Why the packet is dropped, with {@link Outcome#DISCARD} and {@link Outcome#PROBLEM}. */
  public IpDefect reason() {
    return reason;
  }

  /** What the sender is to be told, with {@link Outcome#PROBLEM}. */
  public Problem problem() {
    return problem;
  }

  /** Octets from the packet's beginning to what is wrong. */
  public int pointer() {
    return pointer;
  }

  /** The protocol of the payload; {@link #FRAGMENT} with {@link Outcome#PART}. */
  public int next() {
    return next;
  }

  /** Octets from the packet's beginning to where the walk has ended. */
  public int length() {
    return at - start;
  }

  /** Octets from the packet's beginning to the field that names the payload. */
  public int nameOffset() {
    return namedAt - start;
  }

  /** Octets before the data of the fragment, with {@link Outcome#PART}; else 0. */
  public int fragmentOffset() {
    return fragmentOffset;
  }

  /** Whether fragments follow this one, with {@link Outcome#PART}; else {@code false}. */
  public boolean moreFragments() {
    return moreFragments;
  }

  @Override
  public String toString() {
    return outcome + " next " + next + " len " + length();
  }

  /** Takes the header at {@link #at}; {@code false} ends the walk. */
  private boolean step(int headers) {
    return switch (next) {
      case HOP_BY_HOP, DESTINATION_OPTIONS, ROUTING, FRAGMENT -> {
        // RFC 8200 4: hop-by-hop options anywhere but first are a next header that is not known there.
        if (next == HOP_BY_HOP && headers > 0 && strict) {
          yield fail(Problem.NEXT_HEADER, namedAt);
        }
        if (headers == MOST_HEADERS) {
          yield discard(IpDefect.BAD_EXTENSION);
        }
        yield next == FRAGMENT ? fragment() : extension();
      }
      // RFC 8200 4.7: what may follow is ignored.
      case NO_NEXT_HEADER -> discard(IpDefect.NO_NEXT_HEADER);
      default -> false;
    };
  }

  private boolean extension() {
    int length = at + 2 <= end ? 8 + packet.getUnsignedByte(at + 1) * 8 : Integer.MAX_VALUE;
    if (length > end - at) {
      return discard(IpDefect.BAD_EXTENSION);
    }
    if (!strict) {
      advance(length);
      return true;
    }
    if (next == ROUTING) {
      // RFC 8200 4.4, RFC 5095 3: no type is known, type 0 least of all; without segments left it is stepped over.
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

  private boolean fragment() {
    if (end - at < FRAGMENT_HEADER) {
      return discard(IpDefect.BAD_EXTENSION);
    }
    // RFC 6946 4: offset 0 and no more fragments is a whole packet, whatever else is on its way.
    int field = packet.getUnsignedShort(at + 2);
    if ((field & ~0x6) != 0) {
      outcome = Outcome.PART;
      fragmentOffset = field & ~0x7;
      moreFragments = (field & 1) != 0;
      return false;
    }
    advance(FRAGMENT_HEADER);
    return true;
  }

  private void advance(int length) {
    next = packet.getUnsignedByte(at);
    namedAt = at;
    at += length;
  }

  /** RFC 8200 4.2: in order; the two highest bits of an unknown type say what becomes of the packet. */
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
