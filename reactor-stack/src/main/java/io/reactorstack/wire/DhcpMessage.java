package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Rejections;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A DHCP message for an Ethernet client (RFC 2131 section 2). The field names below are those of the RFC; op and the
 * message type are one component, since the type determines op. The texts of the fields sname and file appear as the
 * options 66 and 67, to which RFC 2132 sections 9.4 and 9.5 move them; they are written as these options, too.
 *
 * @param type the message type
 * @param hops the number of relay agents that the message has passed, 0 to 255
 * @param xid the transaction identifier
 * @param secs the seconds since the client began, 0 to 65535
 * @param broadcast true if the client cannot receive unicast packets yet; the other bits of the flags are always zero
 * @param addresses the address fields
 * @param chaddr the client's hardware address
 * @param options all other options
 */
public record DhcpMessage(DhcpType type, int hops, int xid, int secs, boolean broadcast, DhcpAddresses addresses,
    MacAddress chaddr, DhcpOptions options) {

  /** The UDP port of servers and relay agents. */
  public static final int SERVER_PORT = 67;

  /** The UDP port of clients. */
  public static final int CLIENT_PORT = 68;

  /** The shortest message that is written, in octets: BOOTP relay agents may drop shorter ones (RFC 1542 section 2.1). */
  public static final int SHORTEST = 300;

  private static final int REQUEST = 1;
  private static final int REPLY = 2;
  private static final int ETHERNET = 1;
  private static final int BROADCAST_FLAG = 0x8000;
  private static final int COOKIE = 0x6382_5363;

  private static final int CHADDR_AT = 28;
  private static final int COOKIE_AT = 236;
  private static final int OPTIONS_AT = 240;
  private static final DhcpOptionReader.Field SNAME = new DhcpOptionReader.Field(44, 108);
  private static final DhcpOptionReader.Field FILE = new DhcpOptionReader.Field(108, COOKIE_AT);
  /** The message type and the end option. */
  private static final int FIXED_OPTIONS = 4;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is out of its range
   */
  public DhcpMessage {
    if (hops < 0 || hops > 0xff || secs < 0 || secs > 0xffff) {
      throw new IllegalArgumentException("hops " + hops + ", secs " + secs);
    }
  }

  /**
   * Parses the message in the readable bytes; does not move the indices. Octets behind the end option are ignored.
   *
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable DhcpMessage parse(ByteBuf bytes, Rejections rejections) {
    var reader = new DhcpOptionReader(bytes, SNAME, FILE);
    DhcpDefect defect = fixedDefect(bytes);
    if (defect == null) {
      defect = reader.read(OPTIONS_AT);
    }
    int at = bytes.readerIndex();
    DhcpType type = defect == null ? type(reader.take(DhcpOptions.MESSAGE_TYPE)) : null;
    if (type == null || bytes.getByte(at) != op(type)) {
      rejections.count(defect == null ? DhcpDefect.DHCP_BAD_TYPE : defect);
      return null;
    }
    return new DhcpMessage(
        type,
        bytes.getUnsignedByte(at + 3),
        bytes.getInt(at + 4),
        bytes.getUnsignedShort(at + 8),
        (bytes.getUnsignedShort(at + 10) & BROADCAST_FLAG) != 0,
        new DhcpAddresses(Ipv4Address.get(bytes, at + 12), Ipv4Address.get(bytes, at + 16),
            Ipv4Address.get(bytes, at + 20), Ipv4Address.get(bytes, at + 24)),
        MacAddress.get(bytes, at + CHADDR_AT),
        reader.options());
  }

  private static @Nullable DhcpType type(byte @Nullable [] value) {
    return value == null || value.length != 1 ? null : DhcpType.of(value[0]);
  }

  private static @Nullable DhcpDefect fixedDefect(ByteBuf bytes) {
    int at = bytes.readerIndex();
    if (bytes.readableBytes() < OPTIONS_AT) {
      return DhcpDefect.DHCP_TOO_SHORT;
    }
    if (bytes.readableBytes() > DhcpOptions.MOST_OCTETS) {
      return DhcpDefect.DHCP_TOO_LONG;
    }
    if (bytes.getByte(at + 1) != ETHERNET || bytes.getByte(at + 2) != MacAddress.LENGTH) {
      return DhcpDefect.DHCP_BAD_HARDWARE;
    }
    return bytes.getInt(at + COOKIE_AT) == COOKIE ? null : DhcpDefect.DHCP_NO_COOKIE;
  }

  private static int op(DhcpType type) {
    return type.isReply() ? REPLY : REQUEST;
  }

  /** The length of the message in octets, at least {@link #SHORTEST}. */
  public int length() {
    return Math.max(SHORTEST, OPTIONS_AT + FIXED_OPTIONS + options.length());
  }

  /**
   * Writes the message in front of {@code bytes}, which must be empty.
   *
   * @throws IndexOutOfBoundsException if the headroom is shorter than {@link #length} octets
   */
  public void write(ByteBuf bytes) {
    int octets = length();
    int at = Headroom.prepend(bytes, octets);
    int end = bytes.writerIndex();
    bytes.setZero(at, octets);
    bytes.setByte(at, op(type)).setByte(at + 1, ETHERNET).setByte(at + 2, MacAddress.LENGTH).setByte(at + 3, hops);
    bytes.setInt(at + 4, xid).setShort(at + 8, secs).setShort(at + 10, broadcast ? BROADCAST_FLAG : 0);
    addresses.ciaddr().set(bytes, at + 12);
    addresses.yiaddr().set(bytes, at + 16);
    addresses.siaddr().set(bytes, at + 20);
    addresses.giaddr().set(bytes, at + 24);
    chaddr.set(bytes, at + CHADDR_AT);
    bytes.setInt(at + COOKIE_AT, COOKIE);
    bytes.writerIndex(at + OPTIONS_AT);
    bytes.writeByte(DhcpOptions.MESSAGE_TYPE).writeByte(1).writeByte(type.code());
    options.write(bytes);
    bytes.writeByte(DhcpOptions.END);
    bytes.writerIndex(end);
  }

  /** Returns the value of the option "server identifier", or {@code null}. */
  public @Nullable Ipv4Address server() {
    return options.address(DhcpOptions.SERVER_ID);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("DHCP ").append(type);
    append(text, " ", addresses.yiaddr());
    append(text, " of ", addresses.ciaddr());
    append(text, " for ", options.address(DhcpOptions.REQUESTED_ADDRESS));
    append(text, type.isReply() ? " from " : " to ", server());
    append(text, " via ", addresses.giaddr());
    long lease = options.number(DhcpOptions.LEASE_TIME, 4);
    if (lease >= 0) {
      text.append(" lease ").append(lease).append(" s");
    }
    return text.append(" xid ").append(HexFormat.of().toHexDigits(xid)).toString();
  }

  private static void append(StringBuilder text, String word, @Nullable Ipv4Address address) {
    if (address != null && !address.isUnspecified()) {
      text.append(word).append(address);
    }
  }
}
