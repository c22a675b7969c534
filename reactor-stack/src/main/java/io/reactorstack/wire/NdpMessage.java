package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Rejections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A message of neighbor discovery for IPv6 (RFC 4861 section 4): an ICMPv6 message with code 0 and options.
 *
 * <p>{@link #parse} makes all checks that depend on the message alone. The checks of the IP header, such as the hop
 * limit of 255, are the receiver's.
 */
public sealed interface NdpMessage {

  /** The hop limit of all messages: a message with another one has passed a router and is not valid. */
  int HOP_LIMIT = 255;

  /** The ICMPv6 message type of {@link RouterSolicitation}. */
  int ROUTER_SOLICITATION = 133;

  /** The ICMPv6 message type of {@link RouterAdvertisement}. */
  int ROUTER_ADVERTISEMENT = 134;

  /** The ICMPv6 message type of {@link NeighborSolicitation}. */
  int NEIGHBOR_SOLICITATION = 135;

  /** The ICMPv6 message type of {@link NeighborAdvertisement}. */
  int NEIGHBOR_ADVERTISEMENT = 136;

  /** The ICMPv6 message type of {@link Redirect}. */
  int REDIRECT = 137;

  /** The options, in the order of the message: those that the message type defines. */
  List<NdpOption> options();

  /** The ICMPv6 message type, {@link #ROUTER_SOLICITATION} to {@link #REDIRECT}. */
  int type();

  /** Returns the first option of this type, or {@code null}. */
  default <T extends NdpOption> @Nullable T option(Class<T> wanted) {
    for (NdpOption option : options()) {
      if (wanted.isInstance(option)) {
        return wanted.cast(option);
      }
    }
    return null;
  }

  /** Returns the link-layer address of the sender, or {@code null} if the message does not contain it. */
  default @Nullable MacAddress sourceLinkAddress() {
    NdpOption.SourceLinkAddress source = option(NdpOption.SourceLinkAddress.class);
    return source == null ? null : source.address();
  }

  /** Returns the link-layer address of the target, or {@code null} if the message does not contain it. */
  default @Nullable MacAddress targetLinkAddress() {
    NdpOption.TargetLinkAddress target = option(NdpOption.TargetLinkAddress.class);
    return target == null ? null : target.address();
  }

  /**
   * A host's request to the routers of the link for an advertisement (section 4.1).
   *
   * @param options {@link NdpOption.SourceLinkAddress}, or none
   */
  record RouterSolicitation(List<NdpOption> options) implements NdpMessage {

    static final int LENGTH = 8;
    static final Set<Integer> OPTIONS = Set.of(NdpOptionCodec.SOURCE_LINK_ADDRESS);

    /** Copies and checks the options. */
    public RouterSolicitation {
      options = checked(options, OPTIONS);
    }

    @Override
    public int type() {
      return ROUTER_SOLICITATION;
    }

    @Override
    public String toString() {
      return "NDP are there routers?";
    }
  }

  /**
   * A router's announcement of itself, of the prefixes of the link and of its parameters (section 4.2, RFC 4191 section
   * 2.2).
   *
   * @param hopLimit the hop limit that hosts should use, 0 to 255; 0 if the router states none
   * @param managed whether addresses are assigned by DHCPv6
   * @param otherConfiguration whether other information is available by DHCPv6
   * @param preference the preference of the router
   * @param routerLifetime the time for which it is a default router, in seconds, 0 to 65535; 0 if it is none
   * @param reachableTime the base of the time for which a confirmed neighbour is reachable, in milliseconds, 32 bits; 0
   *     if the router states none
   * @param retransTimer the time between retransmitted solicitations, in milliseconds, 32 bits; 0 if the router states
   *     none
   * @param options the options for this message
   */
  record RouterAdvertisement(
      int hopLimit,
      boolean managed,
      boolean otherConfiguration,
      RouterPreference preference,
      int routerLifetime,
      long reachableTime,
      long retransTimer,
      List<NdpOption> options)
      implements
        NdpMessage {

    static final int LENGTH = 16;
    static final int MANAGED = 0x80;
    static final int OTHER = 0x40;
    static final Set<Integer> OPTIONS = Set.of(NdpOptionCodec.SOURCE_LINK_ADDRESS, NdpOptionCodec.MTU,
        NdpOptionCodec.PREFIX_INFORMATION, NdpOptionCodec.ROUTE_INFORMATION, NdpOptionCodec.RECURSIVE_DNS_SERVERS,
        NdpOptionCodec.DNS_SEARCH_LIST);

    /** Copies the options and checks all fields. */
    public RouterAdvertisement {
      if (hopLimit >>> 8 != 0 || routerLifetime >>> 16 != 0 || reachableTime >>> 32 != 0 || retransTimer >>> 32 != 0) {
        throw new IllegalArgumentException("a field of the router advertisement is out of range");
      }
      options = checked(options, OPTIONS);
    }

    @Override
    public int type() {
      return ROUTER_ADVERTISEMENT;
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder("NDP router, lifetime ").append(routerLifetime).append(" s");
      for (NdpOption option : options) {
        if (option instanceof NdpOption.PrefixInformation prefix) {
          text.append(", prefix ").append(prefix.prefix());
        }
      }
      return text.toString();
    }
  }

  /**
   * A request for the link-layer address of {@code target} (section 4.3), or the test whether another station uses it
   * (RFC 4862 section 5.4.2).
   *
   * @param target the address in question, never a group
   * @param options {@link NdpOption.SourceLinkAddress}, {@link NdpOption.Nonce}
   */
  record NeighborSolicitation(Ipv6Address target, List<NdpOption> options) implements NdpMessage {

    static final int LENGTH = 24;
    static final Set<Integer> OPTIONS = Set.of(NdpOptionCodec.SOURCE_LINK_ADDRESS, NdpOptionCodec.NONCE);

    /** Copies the options and checks all fields. */
    public NeighborSolicitation {
      single(target);
      options = checked(options, OPTIONS);
    }

    @Override
    public int type() {
      return NEIGHBOR_SOLICITATION;
    }

    @Override
    public String toString() {
      return "NDP who has " + target + "?";
    }
  }

  /**
   * A station's statement of its link-layer address (section 4.4).
   *
   * @param target the address of the station, never a group
   * @param router whether the station is a router
   * @param solicited whether the message answers a solicitation, and so confirms that the sender is reachable
   * @param override whether the receiver should replace the link-layer address that it knows
   * @param options {@link NdpOption.TargetLinkAddress}
   */
  record NeighborAdvertisement(
      Ipv6Address target, boolean router, boolean solicited, boolean override, List<NdpOption> options)
      implements
        NdpMessage {

    static final int LENGTH = 24;
    static final int ROUTER = 1 << 31;
    static final int SOLICITED = 1 << 30;
    static final int OVERRIDE = 1 << 29;
    static final Set<Integer> OPTIONS = Set.of(NdpOptionCodec.TARGET_LINK_ADDRESS);

    /** Copies the options and checks all fields. */
    public NeighborAdvertisement {
      single(target);
      options = checked(options, OPTIONS);
    }

    @Override
    public int type() {
      return NEIGHBOR_ADVERTISEMENT;
    }

    @Override
    public String toString() {
      MacAddress mac = targetLinkAddress();
      return "NDP " + target + (mac == null ? " is here" : " is at " + mac);
    }
  }

  /**
   * A router's advice to send packets for {@code destination} through {@code target} (section 4.5).
   *
   * @param target the better first hop: a router's link-local address, or the destination itself if it is on the link
   * @param destination the destination, never a group
   * @param options {@link NdpOption.TargetLinkAddress}, {@link NdpOption.RedirectedHeader}
   */
  record Redirect(Ipv6Address target, Ipv6Address destination, List<NdpOption> options) implements NdpMessage {

    static final int LENGTH = 40;
    static final Set<Integer> OPTIONS = Set.of(NdpOptionCodec.TARGET_LINK_ADDRESS, NdpOptionCodec.REDIRECTED_HEADER);

    /** Copies the options and checks all fields. */
    public Redirect {
      single(destination);
      if (!isPossible(target, destination)) {
        throw new IllegalArgumentException(target + " is neither link-local nor " + destination);
      }
      options = checked(options, OPTIONS);
    }

    /** Section 8.1: the target of a valid redirect is a router's link-local address, or the destination itself. */
    static boolean isPossible(Ipv6Address target, Ipv6Address destination) {
      return target.isLinkLocal() || target.equals(destination);
    }

    @Override
    public int type() {
      return REDIRECT;
    }

    @Override
    public String toString() {
      return "NDP redirect " + destination + " to " + target;
    }
  }

  private static void single(Ipv6Address address) {
    if (address.isMulticast()) {
      throw new IllegalArgumentException(address + " is a group");
    }
  }

  private static List<NdpOption> checked(List<NdpOption> options, Set<Integer> defined) {
    for (NdpOption option : options) {
      if (!defined.contains(NdpOptionCodec.type(option))) {
        throw new IllegalArgumentException("the message does not define the option " + option);
      }
    }
    return List.copyOf(options);
  }

  /**
   * Returns whether the ICMPv6 message at the reader index of {@code bytes} has a type of neighbor discovery; does not
   * move the indices.
   */
  static boolean isIn(ByteBuf bytes) {
    int type = IcmpType.of(bytes);
    return type >= ROUTER_SOLICITATION && type <= REDIRECT;
  }

  /**
   * Parses the message in the readable bytes; does not move the indices. Reserved fields are ignored, and options that
   * are unknown or that the message type does not define are skipped.
   *
   * @param carrier the packet that carries the message
   * @param rejections counts the reason once if the result is {@code null}
   */
  static @Nullable NdpMessage parse(ByteBuf bytes, EnclosingPacket carrier, Rejections rejections) {
    NdpDefect defect = defect(bytes, carrier);
    if (defect != null) {
      rejections.count(defect);
      return null;
    }
    int at = bytes.readerIndex();
    int type = bytes.getUnsignedByte(at);
    List<NdpOption> options = NdpOptionCodec.read(bytes, at + fixedLength(type), defined(type));
    if (options == null) {
      rejections.count(NdpDefect.BAD_OPTION);
      return null;
    }
    return switch (type) {
      case ROUTER_SOLICITATION -> new RouterSolicitation(options);
      case ROUTER_ADVERTISEMENT -> advertisement(bytes, at, options);
      case NEIGHBOR_SOLICITATION -> new NeighborSolicitation(Ipv6Address.get(bytes, at + 8), options);
      case NEIGHBOR_ADVERTISEMENT -> {
        int flags = bytes.getInt(at + 4);
        yield new NeighborAdvertisement(
            Ipv6Address.get(bytes, at + 8), (flags & NeighborAdvertisement.ROUTER) != 0,
            (flags & NeighborAdvertisement.SOLICITED) != 0, (flags & NeighborAdvertisement.OVERRIDE) != 0, options);
      }
      default -> new Redirect(Ipv6Address.get(bytes, at + 8), Ipv6Address.get(bytes, at + 24), options);
    };
  }

  private static @Nullable NdpDefect defect(ByteBuf bytes, EnclosingPacket carrier) {
    int at = bytes.readerIndex();
    int octets = bytes.readableBytes();
    if (!isIn(bytes)) {
      return NdpDefect.UNKNOWN_TYPE;
    }
    int type = bytes.getUnsignedByte(at);
    if (octets < fixedLength(type)) {
      return NdpDefect.TOO_SHORT;
    }
    long pseudo = Checksum.pseudoHeader(carrier.source(), carrier.destination(), IpProtocol.ICMPV6, octets);
    if (!Checksum.verifies(pseudo + Checksum.sum(bytes, at, octets))) {
      return NdpDefect.BAD_CHECKSUM;
    }
    if (bytes.getByte(at + 1) != 0) {
      return NdpDefect.BAD_CODE;
    }
    if (type < NEIGHBOR_SOLICITATION) {
      return null;
    }
    Ipv6Address target = Ipv6Address.get(bytes, at + 8);
    if (type != REDIRECT) {
      return target.isMulticast() ? NdpDefect.BAD_TARGET : null;
    }
    Ipv6Address destination = Ipv6Address.get(bytes, at + 24);
    if (destination.isMulticast()) {
      return NdpDefect.BAD_DESTINATION;
    }
    return Redirect.isPossible(target, destination) ? null : NdpDefect.BAD_TARGET;
  }

  private static int fixedLength(int type) {
    return switch (type) {
      case ROUTER_SOLICITATION -> RouterSolicitation.LENGTH;
      case ROUTER_ADVERTISEMENT -> RouterAdvertisement.LENGTH;
      case NEIGHBOR_SOLICITATION -> NeighborSolicitation.LENGTH;
      case NEIGHBOR_ADVERTISEMENT -> NeighborAdvertisement.LENGTH;
      default -> Redirect.LENGTH;
    };
  }

  private static Set<Integer> defined(int type) {
    return switch (type) {
      case ROUTER_SOLICITATION -> RouterSolicitation.OPTIONS;
      case ROUTER_ADVERTISEMENT -> RouterAdvertisement.OPTIONS;
      case NEIGHBOR_SOLICITATION -> NeighborSolicitation.OPTIONS;
      case NEIGHBOR_ADVERTISEMENT -> NeighborAdvertisement.OPTIONS;
      default -> Redirect.OPTIONS;
    };
  }

  private static RouterAdvertisement advertisement(ByteBuf bytes, int at, List<NdpOption> options) {
    int flags = bytes.getUnsignedByte(at + 5);
    return new RouterAdvertisement(
        bytes.getUnsignedByte(at + 4),
        (flags & RouterAdvertisement.MANAGED) != 0,
        (flags & RouterAdvertisement.OTHER) != 0,
        RouterPreference.of(flags >>> NdpOptionCodec.PREFERENCE_SHIFT & 3),
        bytes.getUnsignedShort(at + 6),
        bytes.getUnsignedInt(at + 8),
        bytes.getUnsignedInt(at + 12),
        options);
  }

  /** The length of the message with its options, in octets. */
  default int length() {
    return fixedLength(type()) + NdpOptionCodec.length(options());
  }

  /**
   * Writes the message with the checksum in front of {@code bytes}, which must be empty.
   *
   * @param source the source address of the packet
   * @param destination the destination address of the packet
   * @throws IndexOutOfBoundsException if the headroom is shorter than {@link #length} octets
   */
  default void write(ByteBuf bytes, IpAddress source, IpAddress destination) {
    int octets = length();
    int at = Headroom.prepend(bytes, octets);
    int end = bytes.writerIndex();
    bytes.writerIndex(at);
    bytes.writeByte(type()).writeByte(0).writeShort(0);
    switch (this) {
      case RouterSolicitation solicitation -> bytes.writeInt(0);
      case RouterAdvertisement router -> {
        int flags = (router.managed() ? RouterAdvertisement.MANAGED : 0)
            | (router.otherConfiguration() ? RouterAdvertisement.OTHER : 0)
            | router.preference().bits() << NdpOptionCodec.PREFERENCE_SHIFT;
        bytes.writeByte(router.hopLimit()).writeByte(flags).writeShort(router.routerLifetime())
            .writeInt((int) router.reachableTime()).writeInt((int) router.retransTimer());
      }
      case NeighborSolicitation solicitation -> bytes.writeInt(0).writeBytes(solicitation.target().bytes());
      case NeighborAdvertisement neighbor -> {
        int flags = (neighbor.router() ? NeighborAdvertisement.ROUTER : 0)
            | (neighbor.solicited() ? NeighborAdvertisement.SOLICITED : 0)
            | (neighbor.override() ? NeighborAdvertisement.OVERRIDE : 0);
        bytes.writeInt(flags).writeBytes(neighbor.target().bytes());
      }
      case Redirect redirect -> bytes.writeInt(0).writeBytes(redirect.target().bytes())
          .writeBytes(redirect.destination().bytes());
    }
    NdpOptionCodec.write(bytes, options());
    bytes.writerIndex(end);
    long pseudo = Checksum.pseudoHeader(source, destination, IpProtocol.ICMPV6, octets);
    bytes.setShort(at + 2, Checksum.finish(pseudo + Checksum.sum(bytes, at, octets)));
  }
}
