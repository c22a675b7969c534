package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Rejections;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The checked options of an IPv4 header (RFC 791 section 3.1). Each option lies within the header, and the pointers of
 * a recorded route and of timestamps are valid, so that entries can be added. Immutable.
 */
public final class Ipv4Options {

  /** No options. */
  public static final Ipv4Options NONE = new Ipv4Options(new byte[0]);

  /**
   * The router alert option with the value 0: routers examine a packet with it even if it is not addressed to them (RFC
   * 2113).
   */
  public static final Ipv4Options ROUTER_ALERT = new Ipv4Options(new byte[] {(byte) 0x94, 4, 0, 0});

  /** The result of {@link #faultOf} for options that are rejected without an ICMP error to the sender. */
  public static final int UNTOLD = -1;

  /** The longest options, in octets. */
  private static final int MAXIMUM = 40;

  private static final int END_OF_OPTIONS = 0;
  private static final int NO_OPERATION = 1;
  private static final int RECORD_ROUTE = 7;
  private static final int TIMESTAMP = 68;
  private static final int LOOSE_SOURCE_ROUTE = 131;
  private static final int STRICT_SOURCE_ROUTE = 137;
  private static final int ALERT = 0x94;

  /** The flag in the type of an option that every fragment carries. */
  private static final int COPIED = 0x80;

  private static final int ADDRESS = 4;

  /** The octets of type, length and pointer, which precede the first address of a recorded route. */
  private static final int ROUTE_HEADER = 3;
  /** As {@link #ROUTE_HEADER}, plus the octet with overflow and flag. */
  private static final int TIMESTAMP_HEADER = 4;

  private static final int TIMESTAMPS_ONLY = 0;
  private static final int WITH_ADDRESSES = 1;
  private static final int PRESPECIFIED = 3;
  private static final int MAXIMUM_OVERFLOW = 15;

  /** RFC 791: the high bit marks a time that is not in milliseconds since midnight UT. */
  private static final int NON_STANDARD_TIME = 0x8000_0000;

  /** A reason to reject the options, with the index of the faulty octet or {@link #UNTOLD}. */
  private record Defect(IpDefect reason, int index) {}

  /** The options with padding; the length is a multiple of 4. */
  private final byte[] octets;

  private Ipv4Options(byte[] octets) {
    this.octets = octets;
  }

  /**
   * A timestamp of a host on the path.
   *
   * @param address the address of the host; {@code null} if the option asks for times only
   * @param value milliseconds since midnight UT; with the highest bit set, a time with another meaning (RFC 791)
   */
  public record Timestamp(@Nullable Ipv4Address address, int value) {

    /** Returns whether the value is in milliseconds since midnight UT. */
    public boolean isStandard() {
      return value >= 0;
    }
  }

  /**
   * Returns the options in {@code octets}, which are padded.
   *
   * @throws IllegalArgumentException if they have more than 40 octets, are malformed or contain a source route: packets
   *     with source routes are dropped by most networks (RFC 7126 section 4.3)
   */
  public static Ipv4Options of(byte... octets) {
    Ipv4Options options = padded(octets, octets.length);
    Defect defect = options.length() > MAXIMUM ? new Defect(IpDefect.BAD_OPTION, MAXIMUM) : defectOf(options.octets);
    if (defect != null) {
      throw new IllegalArgumentException("options: " + defect.reason() + " at octet " + defect.index());
    }
    return options;
  }

  /**
   * Returns an option in which routers record their addresses (RFC 791 section 3.1).
   *
   * @param entries the number of addresses for which there is space, 1 to 9
   */
  public static Ipv4Options recordRoute(int entries) {
    check(entries, 9);
    byte[] option = new byte[ROUTE_HEADER + entries * ADDRESS];
    option[0] = RECORD_ROUTE;
    option[1] = (byte) option.length;
    option[2] = ROUTE_HEADER + 1;
    return of(option);
  }

  /**
   * Returns an option in which hosts and routers record the time (RFC 791 section 3.1).
   *
   * @param entries the number of entries for which there is space: 1 to 9, with addresses 1 to 4
   * @param withAddresses whether an entry also has the address of the host
   */
  public static Ipv4Options timestamps(int entries, boolean withAddresses) {
    check(entries, withAddresses ? 4 : 9);
    return timestamps(entries * (withAddresses ? 2 * ADDRESS : ADDRESS),
        withAddresses ? WITH_ADDRESSES : TIMESTAMPS_ONLY);
  }

  /**
   * Returns an option in which the hosts with these addresses record the time, in this order (RFC 791 section 3.1).
   *
   * @param hosts 1 to 4 addresses
   */
  public static Ipv4Options timestampsOf(Ipv4Address... hosts) {
    check(hosts.length, 4);
    byte[] option = timestamps(hosts.length * 2 * ADDRESS, PRESPECIFIED).octets.clone();
    for (int i = 0; i < hosts.length; i++) {
      put(option, TIMESTAMP_HEADER + i * 2 * ADDRESS, hosts[i].bits());
    }
    return of(option);
  }

  private static Ipv4Options timestamps(int octets, int flag) {
    byte[] option = new byte[TIMESTAMP_HEADER + octets];
    option[0] = TIMESTAMP;
    option[1] = (byte) option.length;
    option[2] = TIMESTAMP_HEADER + 1;
    option[3] = (byte) flag;
    return of(option);
  }

  private static void check(int entries, int most) {
    if (entries < 1 || entries > most) {
      throw new IllegalArgumentException("entries " + entries + " is out of range: 1 to " + most + " entries");
    }
  }

  /**
   * Parses the options of the packet at the reader index; does not move the indices. The fixed header must have been
   * checked.
   *
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable Ipv4Options parse(ByteBuf packet, Rejections rejections) {
    byte[] octets = octetsOf(packet);
    Defect defect = defectOf(octets);
    if (defect != null) {
      rejections.count(defect.reason());
      return null;
    }
    return octets.length == 0 ? NONE : new Ipv4Options(octets);
  }

  /**
   * Returns the offset of the faulty octet in a packet whose options {@link #parse} rejects, counted from the beginning
   * of the IP header (RFC 1122 section 3.2.2.5), or {@link #UNTOLD} if the sender gets no ICMP error.
   */
  public static int faultOf(ByteBuf packet) {
    Defect defect = defectOf(octetsOf(packet));
    return defect == null || defect.index() == UNTOLD ? UNTOLD : Ipv4Header.MINIMUM + defect.index();
  }

  private static byte[] octetsOf(ByteBuf packet) {
    int start = packet.readerIndex();
    int length = (packet.getByte(start) & 0xf) * 4 - Ipv4Header.MINIMUM;
    if (length == 0) {
      return NONE.octets;
    }
    byte[] octets = new byte[length];
    packet.getBytes(start + Ipv4Header.MINIMUM, octets);
    return octets;
  }

  private static @Nullable Defect defectOf(byte[] octets) {
    int at = 0;
    while (at < octets.length && octets[at] != END_OF_OPTIONS) {
      int type = octets[at] & 0xff;
      if (type == NO_OPERATION) {
        at++;
        continue;
      }
      int length = at + 1 < octets.length ? octets[at + 1] & 0xff : 0;
      if (length < 2 || at + length > octets.length) {
        return new Defect(IpDefect.BAD_OPTION, at);
      }
      int fault = switch (type) {
        case RECORD_ROUTE -> faultOfRoute(octets, at, length);
        case TIMESTAMP -> faultOfTimestamp(octets, at, length);
        default -> UNTOLD;
      };
      if (fault >= 0) {
        return new Defect(IpDefect.BAD_OPTION, fault);
      }
      // RFC 7126 4.3, 4.4: drop the packet without an ICMP error, which would reveal the host.
      if (type == LOOSE_SOURCE_ROUTE || type == STRICT_SOURCE_ROUTE) {
        return new Defect(IpDefect.SOURCE_ROUTE, UNTOLD);
      }
      at += length;
    }
    return null;
  }

  /** Returns the index of the faulty octet in the recorded route at {@code at}, or {@link #UNTOLD}. */
  private static int faultOfRoute(byte[] octets, int at, int length) {
    if (length < ROUTE_HEADER) {
      return at + 1;
    }
    int pointer = octets[at + 2] & 0xff;
    // RFC 791: space for only a part of an address is an error; no space at all is not.
    boolean part = pointer <= length && pointer - 1 + ADDRESS > length;
    return pointer <= ROUTE_HEADER || part ? at + 2 : UNTOLD;
  }

  private static int faultOfTimestamp(byte[] octets, int at, int length) {
    if (length < TIMESTAMP_HEADER) {
      return at + 1;
    }
    int pointer = octets[at + 2] & 0xff;
    int fourth = octets[at + 3] & 0xff;
    if (pointer <= length) {
      boolean part = pointer - 1 + entry(fourth & 0xf) > length;
      return pointer <= TIMESTAMP_HEADER || part ? at + 2 : UNTOLD;
    }
    // RFC 791: a full option counts the hosts that found no space; the count must not overflow.
    return fourth >>> 4 == MAXIMUM_OVERFLOW ? at + 3 : UNTOLD;
  }

  private static int entry(int flag) {
    return flag == TIMESTAMPS_ONLY ? ADDRESS : 2 * ADDRESS;
  }

  /** The length of the options with their padding: 0 to 40 octets, a multiple of 4. */
  public int length() {
    return octets.length;
  }

  /** Returns a copy of the options with their padding. */
  public byte[] octets() {
    return octets.clone();
  }

  /** Returns the addresses that routers and the destination have recorded, in order; empty without the option. */
  public List<Ipv4Address> recordedRoute() {
    int at = indexOf(RECORD_ROUTE);
    List<Ipv4Address> route = new ArrayList<>();
    for (int i = at + ROUTE_HEADER; at >= 0 && i < end(at); i += ADDRESS) {
      route.add(new Ipv4Address(get(octets, i)));
    }
    return route;
  }

  /** Returns the times that hosts have recorded, in order; empty without the option. */
  public List<Timestamp> timestamps() {
    int at = indexOf(TIMESTAMP);
    List<Timestamp> times = new ArrayList<>();
    boolean withAddress = at >= 0 && (octets[at + 3] & 0xf) != TIMESTAMPS_ONLY;
    int size = withAddress ? 2 * ADDRESS : ADDRESS;
    for (int i = at + TIMESTAMP_HEADER; at >= 0 && i < end(at); i += size) {
      times.add(withAddress
          ? new Timestamp(new Ipv4Address(get(octets, i)), get(octets, i + ADDRESS))
          : new Timestamp(null, get(octets, i)));
    }
    return times;
  }

  /** The number of hosts that found no space for their timestamp, 0 to 15. */
  public int missedTimestamps() {
    int at = indexOf(TIMESTAMP);
    return at < 0 ? 0 : (octets[at + 3] & 0xff) >>> 4;
  }

  /** Returns the index behind the last entry of the option at {@code at}: its pointer is valid. */
  private int end(int at) {
    return at + Math.min((octets[at + 2] & 0xff) - 1, octets[at + 1] & 0xff);
  }

  /** Returns whether the options contain the router alert option with the value 0 (RFC 2113). */
  public boolean hasRouterAlert() {
    for (int at = 0; at < octets.length && octets[at] != END_OF_OPTIONS; at += sizeAt(at)) {
      if ((octets[at] & 0xff) == ALERT && sizeAt(at) == 4 && octets[at + 2] == 0 && octets[at + 3] == 0) {
        return true;
      }
    }
    return false;
  }

  /** Returns the options that every fragment of a packet carries: those whose copied flag is set (RFC 791 section 3.1). */
  public Ipv4Options copied() {
    byte[] kept = new byte[octets.length];
    int length = 0;
    for (int at = 0; at < octets.length && octets[at] != END_OF_OPTIONS; at += sizeAt(at)) {
      if ((octets[at] & COPIED) != 0) {
        System.arraycopy(octets, at, kept, length, sizeAt(at));
        length += sizeAt(at);
      }
    }
    return padded(kept, length);
  }

  /** Returns the first {@code length} octets of {@code options} with padding. */
  private static Ipv4Options padded(byte[] options, int length) {
    // copyOf pads with zeros, which are end-of-options octets.
    return length == 0 ? NONE : new Ipv4Options(Arrays.copyOf(options, (length + 3) / 4 * 4));
  }

  /**
   * Returns the recorded route, with {@code here} added, and the timestamps of these options, for the reply to an echo
   * request (RFC 1122 section 3.2.2.6).
   */
  public Ipv4Options recorded(Ipv4Address here) {
    byte[] reply = new byte[octets.length];
    int length = 0;
    for (int at = 0; at < octets.length && octets[at] != END_OF_OPTIONS; at += sizeAt(at)) {
      int type = octets[at] & 0xff;
      if (type == RECORD_ROUTE || type == TIMESTAMP) {
        System.arraycopy(octets, at, reply, length, sizeAt(at));
        if (type == RECORD_ROUTE) {
          addToRoute(reply, length, here);
        }
        length += sizeAt(at);
      }
    }
    return padded(reply, length);
  }

  /**
   * Returns these options with a timestamp of this host, if they ask for one: the host that sends a packet and the one
   * that receives it add one (RFC 1122 section 3.2.1.8 (e)). If there is no space, the overflow count grows instead.
   *
   * @param here the address of the entry
   * @param isOwn returns whether an address belongs to this host: a prespecified entry is filled only if it is its turn
   * @param now the host's time in milliseconds since an arbitrary origin
   */
  public Ipv4Options stamped(Ipv4Address here, Predicate<? super Ipv4Address> isOwn, long now) {
    int at = indexOf(TIMESTAMP);
    if (at < 0) {
      return this;
    }
    byte[] changed = octets.clone();
    addTimestamp(changed, at, here, isOwn, (int) now | NON_STANDARD_TIME);
    return new Ipv4Options(changed);
  }

  /**
   * Returns these options as a router passes them on: with itself added to a recorded route, and its time to timestamps
   * (RFC 791 section 3.1).
   *
   * @param here the router's address in the network into which the packet goes
   * @param isOwn returns whether an address belongs to the router
   * @param now the router's time in milliseconds since an arbitrary origin
   */
  public Ipv4Options passedOn(Ipv4Address here, Predicate<? super Ipv4Address> isOwn, long now) {
    int at = indexOf(RECORD_ROUTE);
    if (at < 0) {
      return stamped(here, isOwn, now);
    }
    byte[] changed = octets.clone();
    addToRoute(changed, at, here);
    return new Ipv4Options(changed).stamped(here, isOwn, now);
  }

  /** Returns the index of the first option of {@code type}, or -1. */
  private int indexOf(int type) {
    for (int at = 0; at < octets.length && octets[at] != END_OF_OPTIONS; at += sizeAt(at)) {
      if ((octets[at] & 0xff) == type) {
        return at;
      }
    }
    return -1;
  }

  private int sizeAt(int at) {
    return octets[at] == NO_OPERATION ? 1 : octets[at + 1] & 0xff;
  }

  private static void addToRoute(byte[] options, int at, Ipv4Address here) {
    int pointer = options[at + 2] & 0xff;
    if (pointer <= (options[at + 1] & 0xff)) {
      put(options, at + pointer - 1, here.bits());
      options[at + 2] = (byte) (pointer + ADDRESS);
    }
  }

  private static void addTimestamp(
      byte[] options, int at, Ipv4Address here, Predicate<? super Ipv4Address> isOwn, int time) {
    int pointer = options[at + 2] & 0xff;
    int flag = options[at + 3] & 0xf;
    if (pointer > (options[at + 1] & 0xff)) {
      // RFC 791: a full count must not overflow; such an option is an error for its next receiver.
      if ((options[at + 3] & 0xff) >>> 4 < MAXIMUM_OVERFLOW) {
        options[at + 3] = (byte) ((options[at + 3] & 0xff) + (1 << 4));
      }
      return;
    }
    int slot = at + pointer - 1;
    switch (flag) {
      case TIMESTAMPS_ONLY -> put(options, slot, time);
      case WITH_ADDRESSES -> {
        put(options, slot, here.bits());
        put(options, slot + ADDRESS, time);
      }
      case PRESPECIFIED -> {
        // RFC 791: a host enters its time only behind its own address.
        if (!isOwn.test(new Ipv4Address(get(options, slot)))) {
          return;
        }
        put(options, slot + ADDRESS, time);
      }
      default -> {
        return;
      }
    }
    options[at + 2] = (byte) (pointer + entry(flag));
  }

  private static void put(byte[] options, int at, int value) {
    for (int i = 0; i < ADDRESS; i++) {
      options[at + i] = (byte) (value >>> 24 - 8 * i);
    }
  }

  private static int get(byte[] options, int at) {
    int value = 0;
    for (int i = 0; i < ADDRESS; i++) {
      value = value << 8 | options[at + i] & 0xff;
    }
    return value;
  }

  /**
   * Writes the options in front of the payload, which is the readable bytes of {@code bytes}. The header must be
   * written after the options.
   *
   * @throws IndexOutOfBoundsException if the headroom is too short
   */
  public void write(ByteBuf bytes) {
    if (octets.length != 0) {
      bytes.setBytes(Headroom.prepend(bytes, octets.length), octets);
    }
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof Ipv4Options other && Arrays.equals(octets, other.octets);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(octets);
  }

  /** Returns the names of the options in order, such as {@code record-route,router-alert}; empty without options. */
  @Override
  public String toString() {
    StringJoiner text = new StringJoiner(",");
    for (int at = 0; at < octets.length && octets[at] != END_OF_OPTIONS; at += sizeAt(at)) {
      int type = octets[at] & 0xff;
      switch (type) {
        case NO_OPERATION -> {
          // Padding between two options.
        }
        case RECORD_ROUTE -> text.add("record-route");
        case TIMESTAMP -> text.add("timestamp");
        case ALERT -> text.add("router-alert");
        default -> text.add("option " + type);
      }
    }
    return text.toString();
  }
}
