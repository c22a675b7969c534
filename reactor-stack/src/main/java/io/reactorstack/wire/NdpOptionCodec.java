package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.NdpOption.DnsSearchList;
import io.reactorstack.wire.NdpOption.Mtu;
import io.reactorstack.wire.NdpOption.Nonce;
import io.reactorstack.wire.NdpOption.PrefixInformation;
import io.reactorstack.wire.NdpOption.RecursiveDnsServers;
import io.reactorstack.wire.NdpOption.RedirectedHeader;
import io.reactorstack.wire.NdpOption.RouteInformation;
import io.reactorstack.wire.NdpOption.SourceLinkAddress;
import io.reactorstack.wire.NdpOption.TargetLinkAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The codec of the options of {@link NdpMessage}. The length field of an option counts units of eight octets. */
final class NdpOptionCodec {

  static final int SOURCE_LINK_ADDRESS = 1;
  static final int TARGET_LINK_ADDRESS = 2;
  static final int PREFIX_INFORMATION = 3;
  static final int REDIRECTED_HEADER = 4;
  static final int MTU = 5;
  static final int NONCE = 14;
  static final int ROUTE_INFORMATION = 24;
  static final int RECURSIVE_DNS_SERVERS = 25;
  static final int DNS_SEARCH_LIST = 31;

  private static final int UNIT = 8;
  private static final int ON_LINK = 0x80;
  private static final int AUTONOMOUS = 0x40;
  /** The position of the preference in a flags octet (RFC 4191 sections 2.2 and 2.3). */
  static final int PREFERENCE_SHIFT = 3;

  private NdpOptionCodec() {}

  /**
   * Reads the options from {@code index} to the end of {@code bytes}. Skips an option that the message type does not
   * define, that is unknown, or whose content is not valid (RFC 4861 section 9, RFC 8106 section 5.3.1).
   *
   * @param defined the option types that the message type defines
   * @return {@code null} if an option has length zero or extends beyond the message
   */
  static @Nullable List<NdpOption> read(ByteBuf bytes, int index, Set<Integer> defined) {
    List<NdpOption> options = new ArrayList<>(2);
    int end = bytes.writerIndex();
    int at = index;
    while (at < end) {
      if (at + 2 > end) {
        return null;
      }
      int type = bytes.getUnsignedByte(at);
      int length = bytes.getUnsignedByte(at + 1) * UNIT;
      if (length == 0 || at + length > end) {
        return null;
      }
      NdpOption option = defined.contains(type) ? option(bytes, at, type, length) : null;
      if (option != null) {
        options.add(option);
      }
      at += length;
    }
    return options;
  }

  private static @Nullable NdpOption option(ByteBuf bytes, int at, int type, int length) {
    return switch (type) {
      // RFC 2464 6: on Ethernet the option has one unit.
      case SOURCE_LINK_ADDRESS -> length == UNIT ? new SourceLinkAddress(MacAddress.get(bytes, at + 2)) : null;
      case TARGET_LINK_ADDRESS -> length == UNIT ? new TargetLinkAddress(MacAddress.get(bytes, at + 2)) : null;
      case PREFIX_INFORMATION -> length == 4 * UNIT ? prefix(bytes, at) : null;
      case REDIRECTED_HEADER -> new RedirectedHeader(bytes.nioBuffer(at + UNIT, length - UNIT));
      case MTU -> length == UNIT ? new Mtu(bytes.getUnsignedInt(at + 4)) : null;
      case NONCE -> new Nonce(bytes.nioBuffer(at + 2, length - 2));
      case ROUTE_INFORMATION -> route(bytes, at, length);
      case RECURSIVE_DNS_SERVERS -> servers(bytes, at, length);
      case DNS_SEARCH_LIST -> domains(bytes, at, length);
      default -> null;
    };
  }

  private static @Nullable NdpOption prefix(ByteBuf bytes, int at) {
    int bits = bytes.getUnsignedByte(at + 2);
    if (bits > 128) {
      return null;
    }
    int flags = bytes.getUnsignedByte(at + 3);
    return new PrefixInformation(
        new IpPrefix(Ipv6Address.get(bytes, at + 16), bits), (flags & ON_LINK) != 0, (flags & AUTONOMOUS) != 0,
        bytes.getUnsignedInt(at + 4), bytes.getUnsignedInt(at + 8));
  }

  private static @Nullable NdpOption route(ByteBuf bytes, int at, int length) {
    int bits = bytes.getUnsignedByte(at + 2);
    int preference = bytes.getUnsignedByte(at + 3) >>> PREFERENCE_SHIFT & 3;
    int units = length / UNIT - 1;
    // RFC 4191 2.3: the prefix has zero, one or two units, at least as many as its length needs; an option with the
    // reserved preference is ignored.
    if (bits > 128 || units > 2 || bits > units * 64 || RouterPreference.isReserved(preference)) {
      return null;
    }
    Ipv6Address address = new Ipv6Address(
        units > 0 ? bytes.getLong(at + 8) : 0, units > 1 ? bytes.getLong(at + 16) : 0);
    return new RouteInformation(
        new IpPrefix(address, bits), RouterPreference.of(preference), bytes.getUnsignedInt(at + 4));
  }

  private static @Nullable NdpOption servers(ByteBuf bytes, int at, int length) {
    int units = length / UNIT;
    // RFC 8106 5.3.1: one unit for the header and two for each address.
    if (units < 3 || units % 2 == 0) {
      return null;
    }
    List<Ipv6Address> servers = new ArrayList<>();
    for (int server = at + UNIT; server < at + length; server += Ipv6Address.LENGTH) {
      servers.add(Ipv6Address.get(bytes, server));
    }
    return new RecursiveDnsServers(bytes.getUnsignedInt(at + 4), servers);
  }

  private static @Nullable NdpOption domains(ByteBuf bytes, int at, int length) {
    List<String> names = DomainNames.read(bytes, at + UNIT, at + length);
    return names == null ? null : new DnsSearchList(bytes.getUnsignedInt(at + 4), names);
  }

  /** The type number of {@code option}. */
  static int type(NdpOption option) {
    return switch (option) {
      case SourceLinkAddress source -> SOURCE_LINK_ADDRESS;
      case TargetLinkAddress target -> TARGET_LINK_ADDRESS;
      case PrefixInformation prefix -> PREFIX_INFORMATION;
      case RedirectedHeader header -> REDIRECTED_HEADER;
      case Mtu mtu -> MTU;
      case Nonce nonce -> NONCE;
      case RouteInformation route -> ROUTE_INFORMATION;
      case RecursiveDnsServers servers -> RECURSIVE_DNS_SERVERS;
      case DnsSearchList list -> DNS_SEARCH_LIST;
    };
  }

  /** The length of {@code options} in a message, in octets. */
  static int length(List<NdpOption> options) {
    int length = 0;
    for (NdpOption option : options) {
      length += length(option);
    }
    return length;
  }

  private static int length(NdpOption option) {
    return switch (option) {
      case SourceLinkAddress source -> UNIT;
      case TargetLinkAddress target -> UNIT;
      case PrefixInformation prefix -> 4 * UNIT;
      case RedirectedHeader header -> UNIT + header.packet().remaining();
      case Mtu mtu -> UNIT;
      case Nonce nonce -> 2 + nonce.octets().remaining();
      case RouteInformation route -> UNIT + prefixOctets(route);
      case RecursiveDnsServers list -> UNIT + list.servers().size() * Ipv6Address.LENGTH;
      case DnsSearchList list -> UNIT + (DomainNames.length(list.domains()) + UNIT - 1) / UNIT * UNIT;
    };
  }

  private static int prefixOctets(RouteInformation route) {
    return (route.prefix().length() + 63) / 64 * UNIT;
  }

  /** Writes {@code options} at the writer index. */
  static void write(ByteBuf bytes, List<NdpOption> options) {
    for (NdpOption option : options) {
      int start = bytes.writerIndex();
      int length = length(option);
      bytes.writeByte(type(option)).writeByte(length / UNIT);
      writeContent(bytes, option);
      bytes.writeZero(start + length - bytes.writerIndex());
    }
  }

  private static void writeContent(ByteBuf bytes, NdpOption option) {
    switch (option) {
      case SourceLinkAddress source -> write(bytes, source.address());
      case TargetLinkAddress target -> write(bytes, target.address());
      case PrefixInformation prefix -> {
        int flags = (prefix.onLink() ? ON_LINK : 0) | (prefix.autonomous() ? AUTONOMOUS : 0);
        bytes.writeByte(prefix.prefix().length()).writeByte(flags).writeInt((int) prefix.validLifetime())
            .writeInt((int) prefix.preferredLifetime()).writeInt(0);
        bytes.writeBytes(prefix.prefix().address().bytes());
      }
      case RedirectedHeader header -> bytes.writeShort(0).writeInt(0).writeBytes(header.packet());
      case Mtu mtu -> bytes.writeShort(0).writeInt((int) mtu.mtu());
      case Nonce nonce -> bytes.writeBytes(nonce.octets());
      case RouteInformation route -> bytes.writeByte(route.prefix().length())
          .writeByte(route.preference().bits() << PREFERENCE_SHIFT).writeInt((int) route.lifetime())
          .writeBytes(route.prefix().address().bytes(), 0, prefixOctets(route));
      case RecursiveDnsServers list -> {
        bytes.writeShort(0).writeInt((int) list.lifetime());
        list.servers().forEach(server -> bytes.writeBytes(server.bytes()));
      }
      case DnsSearchList list -> {
        bytes.writeShort(0).writeInt((int) list.lifetime());
        DomainNames.write(bytes, list.domains());
      }
    }
  }

  private static void write(ByteBuf bytes, MacAddress address) {
    bytes.writeShort((int) (address.bits() >>> 32)).writeInt((int) address.bits());
  }
}
