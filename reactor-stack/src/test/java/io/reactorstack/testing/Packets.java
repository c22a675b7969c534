package io.reactorstack.testing;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import java.nio.ByteBuffer;

/** Builds packets byte by byte, independently of the stack's codecs. */
public final class Packets {

  private Packets() {}

  /** Returns an untagged Ethernet frame. */
  public static byte[] ethernet(String destination, String source, int type, byte[] payload) {
    return ByteBuffer.allocate(14 + payload.length)
        .put(mac(destination))
        .put(mac(source))
        .putShort((short) type)
        .put(payload)
        .array();
  }

  /** Returns an ARP packet. */
  public static byte[] arp(int operation, String senderMac, String sender, String targetMac, String target) {
    return ByteBuffer.allocate(28)
        .putShort((short) 1)
        .putShort((short) 0x0800)
        .put((byte) 6)
        .put((byte) 4)
        .putShort((short) operation)
        .put(mac(senderMac))
        .put(ip(sender))
        .put(mac(targetMac))
        .put(ip(target))
        .array();
  }

  /** Returns an IPv4 packet with DF, TTL 64 and these options, whose length must be a multiple of four. */
  public static byte[] ipv4(String source, String destination, int protocol, byte[] payload, int... options) {
    int header = 20 + options.length;
    ByteBuffer packet = ByteBuffer.allocate(header + payload.length);
    packet
        .put((byte) (0x40 | header / 4))
        .put((byte) 0)
        .putShort((short) packet.capacity())
        .putShort((short) 0)
        .putShort((short) 0x4000)
        .put((byte) 64)
        .put((byte) protocol)
        .putShort((short) 0)
        .put(ip(source))
        .put(ip(destination));
    for (int option : options) {
      packet.put((byte) option);
    }
    packet.put(payload);
    return fixIpv4(packet.array(), 0);
  }

  /** Writes the correct checksum into the IPv4 header at {@code at}, which may be truncated; returns the same array. */
  public static byte[] fixIpv4(byte[] packet, int at) {
    int header = Math.min((packet[at] & 0xf) * 4, packet.length - at);
    if (header >= 12) {
      putShort(packet, at + 10, 0);
      putShort(packet, at + 10, checksum(packet, at, header, 0));
    }
    return packet;
  }

  /** Returns an IPv6 packet with hop limit 64 and no flow label. */
  public static byte[] ipv6(String source, String destination, int nextHeader, byte[] payload) {
    return ByteBuffer.allocate(40 + payload.length)
        .putInt(0x6000_0000)
        .putShort((short) payload.length)
        .put((byte) nextHeader)
        .put((byte) 64)
        .put(ip(source))
        .put(ip(destination))
        .put(payload)
        .array();
  }

  /**
   * Returns an IPv4 fragment with TTL 64, without DF.
   *
   * @param offset the offset of the data in octets
   */
  public static byte[] fragment(
      String source, String destination, int protocol, int id, int offset, boolean more, byte[] data) {
    byte[] packet = ipv4(source, destination, protocol, data);
    putShort(packet, 4, id);
    putShort(packet, 6, offset / 8 | (more ? 0x2000 : 0));
    return fixIpv4(packet, 0);
  }

  /**
   * Returns an IPv6 fragment.
   *
   * @param next the next header field of the fragment header
   * @param offset the offset of the data in octets
   */
  public static byte[] fragment6(
      String source, String destination, int next, int id, int offset, boolean more, byte[] data) {
    return ipv6(source, destination, 44, concat(fragmentHeader(next, id, offset, more), data));
  }

  /** Returns a fragment header of IPv6. */
  public static byte[] fragmentHeader(int next, int id, int offset, boolean more) {
    return ByteBuffer.allocate(8).put((byte) next).put((byte) 0).putShort((short) (offset | (more ? 1 : 0))).putInt(id)
        .array();
  }

  /** Returns an ICMPv6 message with its checksum. */
  public static byte[] icmpv6(String source, String destination, int type, int code, int rest, byte[] data) {
    byte[] message = icmp(type, code, rest, data);
    putShort(message, 2, 0);
    byte[] pseudo = ByteBuffer.allocate(40)
        .put(ip(source))
        .put(ip(destination))
        .putInt(message.length)
        .putInt(58)
        .array();
    putShort(message, 2, checksum(message, 0, message.length, ~checksum(pseudo, 0, 40, 0) & 0xffff));
    return message;
  }

  /** Returns the concatenation of {@code parts}. */
  public static byte[] concat(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteBuffer all = ByteBuffer.allocate(length);
    for (byte[] part : parts) {
      all.put(part);
    }
    return all.array();
  }

  /** Returns octets given as numbers. */
  public static byte[] octets(int... values) {
    byte[] octets = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      octets[i] = (byte) values[i];
    }
    return octets;
  }

  /** Returns an ICMP message with its checksum. */
  public static byte[] icmp(int type, int code, int rest, byte[] data) {
    byte[] message = ByteBuffer.allocate(8 + data.length)
        .put((byte) type)
        .put((byte) code)
        .putShort((short) 0)
        .putInt(rest)
        .put(data)
        .array();
    putShort(message, 2, checksum(message, 0, message.length, 0));
    return message;
  }

  /** Returns a UDP datagram with its checksum. */
  public static byte[] udp(String source, int sourcePort, String destination, int destinationPort, byte[] data) {
    byte[] datagram = ByteBuffer.allocate(8 + data.length)
        .putShort((short) sourcePort)
        .putShort((short) destinationPort)
        .putShort((short) (8 + data.length))
        .putShort((short) 0)
        .put(data)
        .array();
    int sum = udpChecksum(source, destination, datagram);
    putShort(datagram, 6, sum == 0 ? 0xffff : sum);
    return datagram;
  }

  /** Returns the checksum over a UDP datagram including its checksum field: 0 if the field is correct. */
  public static int udpChecksum(String source, String destination, byte[] datagram) {
    byte[] addresses = concat(ip(source), ip(destination));
    byte[] pseudo = concat(addresses, octets(0, 17, datagram.length >>> 8, datagram.length));
    return checksum(datagram, 0, datagram.length, ~checksum(pseudo, 0, pseudo.length, 0) & 0xffff);
  }

  /** Returns the Internet checksum (RFC 1071), computed word by word. */
  public static int checksum(byte[] bytes, int from, int length, int initial) {
    int sum = initial;
    for (int i = 0; i < length; i++) {
      int octet = bytes[from + i] & 0xff;
      sum += (i & 1) == 0 ? octet << 8 : octet;
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return ~sum & 0xffff;
  }

  /** Writes a big-endian short. */
  public static void putShort(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >> 8);
    bytes[at + 1] = (byte) value;
  }

  /** Reads a big-endian short. */
  public static int getShort(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }

  /** Returns the bytes of {@code all} starting at {@code from}. */
  public static byte[] from(byte[] all, int from) {
    return java.util.Arrays.copyOfRange(all, from, all.length);
  }

  private static byte[] mac(String text) {
    long bits = MacAddress.parse(text).bits();
    return from(ByteBuffer.allocate(8).putLong(bits).array(), 2);
  }

  /** Returns the octets of an IP address. */
  public static byte[] ip(String text) {
    return IpAddress.parse(text).bytes();
  }
}
