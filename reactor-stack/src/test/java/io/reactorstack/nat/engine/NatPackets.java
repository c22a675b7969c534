package io.reactorstack.nat.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Packets;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Builds and describes IPv4 packets byte by byte, independently of the stack's codecs. An endpoint is a text such as
 * {@code 10.0.0.2:5000}; the number of an ICMP endpoint is the identifier.
 */
final class NatPackets {

  private static final String FLAGS = "FSRPAU";
  private static final int ICMP = 1;
  private static final int TCP = 6;
  private static final int UDP = 17;

  private NatPackets() {}

  private static String address(String endpoint) {
    return endpoint.substring(0, endpoint.indexOf(':'));
  }

  private static int port(String endpoint) {
    return Integer.parseInt(endpoint.substring(endpoint.indexOf(':') + 1));
  }

  // ---- building

  static byte[] udp(String source, String destination) {
    return udp(source, destination, "data".getBytes(StandardCharsets.US_ASCII));
  }

  static byte[] udp(String source, String destination, byte[] data) {
    return Packets.ipv4(address(source), address(destination), UDP,
        Packets.udp(address(source), port(source), address(destination), port(destination), data));
  }

  /** Returns a datagram whose sender has not computed a checksum. */
  static byte[] udpWithoutChecksum(String source, String destination) {
    byte[] packet = udp(source, destination);
    Packets.putShort(packet, 26, 0);
    return packet;
  }

  /** Returns a segment with these control bits, as letters of {@code FSRPAU}. */
  static byte[] tcp(String source, String destination, String flags) {
    return tcp(source, destination, flags, new byte[0]);
  }

  static byte[] tcp(String source, String destination, String flags, byte[] data) {
    int bits = flags.chars().map(letter -> 1 << FLAGS.indexOf(letter)).sum();
    byte[] segment = ByteBuffer.allocate(20 + data.length)
        .putShort((short) port(source)).putShort((short) port(destination))
        .putInt(0x01020304).putInt(0x05060708)
        .put((byte) 0x50).put((byte) bits).putShort((short) 8192)
        .putShort((short) 0).putShort((short) 0).put(data).array();
    Packets.putShort(segment, 16, transportChecksum(address(source), address(destination), TCP, segment));
    return Packets.ipv4(address(source), address(destination), TCP, segment);
  }

  static byte[] echo(String source, String destination) {
    return query(8, source, destination, port(source));
  }

  static byte[] echoReply(String source, String destination) {
    return query(0, source, destination, port(destination));
  }

  /** Returns an ICMP query or reply of a type between two addresses, which may have ports. */
  static byte[] query(int type, String source, String destination, int identifier) {
    return icmp(source, destination, type, 0, identifier << 16 | 7, "ping".getBytes(StandardCharsets.US_ASCII));
  }

  /** Returns an ICMP error that quotes the whole of {@code quoted}. */
  static byte[] error(String source, String destination, int type, int code, byte[] quoted) {
    return icmp(source, destination, type, code, 0, quoted);
  }

  static byte[] icmp(String source, String destination, int type, int code, int rest, byte[] body) {
    return Packets.ipv4(source.contains(":") ? address(source) : source,
        destination.contains(":") ? address(destination) : destination, ICMP, Packets.icmp(type, code, rest, body));
  }

  /** Returns {@code packet} with these options in its header. */
  static byte[] withOptions(byte[] packet, int... options) {
    byte[] changed = Packets.concat(Arrays.copyOf(packet, 20), Packets.octets(options), Packets.from(packet, 20));
    changed[0] = (byte) (0x40 | (20 + options.length) / 4);
    Packets.putShort(changed, 2, changed.length);
    return Packets.fixIpv4(changed, 0);
  }

  /** Returns {@code packet} without DF and with this identification. */
  static byte[] mayBeFragmented(byte[] packet, int identification) {
    byte[] changed = packet.clone();
    Packets.putShort(changed, 4, identification);
    Packets.putShort(changed, 6, 0);
    return Packets.fixIpv4(changed, 0);
  }

  /** Returns fragments of {@code packet} with {@code octets} of data each, a multiple of eight. */
  static List<byte[]> fragments(byte[] packet, int identification, int octets) {
    List<byte[]> all = new ArrayList<>();
    for (int offset = 0; offset < packet.length - 20; offset += octets) {
      int end = Math.min(packet.length, 20 + offset + octets);
      byte[] part = Packets.concat(Arrays.copyOf(packet, 20), Arrays.copyOfRange(packet, 20 + offset, end));
      Packets.putShort(part, 2, part.length);
      Packets.putShort(part, 4, identification);
      Packets.putShort(part, 6, offset / 8 | (end < packet.length ? 0x2000 : 0));
      all.add(Packets.fixIpv4(part, 0));
    }
    return all;
  }

  private static int transportChecksum(String source, String destination, int protocol, byte[] transport) {
    byte[] pseudo = Packets.concat(IpAddress.parse(source).bytes(), IpAddress.parse(destination).bytes(),
        Packets.octets(0, protocol, transport.length >>> 8, transport.length));
    return Packets.checksum(transport, 0, transport.length, ~Packets.checksum(pseudo, 0, pseudo.length, 0) & 0xffff);
  }

  // ---- describing

  static int identification(byte[] packet) {
    return Packets.getShort(packet, 4);
  }

  /**
   * Returns the endpoints of a packet as text, such as {@code udp 10.0.0.2:5000 > 198.51.100.7:53}, after it has verified
   * the checksums; those of transports only in whole packets.
   */
  static String describe(byte[] packet) {
    return describe(packet, true);
  }

  private static String describe(byte[] packet, boolean isWhole) {
    int header = (packet[0] & 0xf) * 4;
    int protocol = packet[9];
    String source = IpAddress.of(Arrays.copyOfRange(packet, 12, 16)).toString();
    String destination = IpAddress.of(Arrays.copyOfRange(packet, 16, 20)).toString();
    assertThat(Packets.checksum(packet, 0, header, 0)).as("checksum of the IP header").isZero();
    int fragment = Packets.getShort(packet, 6) & 0x3fff;
    if ((fragment & 0x1fff) != 0) {
      return "fragment " + source + " > " + destination + " at " + fragment % 0x2000 * 8;
    }
    byte[] transport = Packets.from(packet, header);
    if (isWhole && fragment == 0) {
      verify(source, destination, protocol, transport);
    }
    if (protocol == ICMP) {
      return icmpText(source, destination, transport);
    }
    return (protocol == UDP ? "udp " : "tcp ") + source + ":" + Packets.getShort(transport, 0) + " > " + destination
        + ":" + Packets.getShort(transport, 2);
  }

  private static void verify(String source, String destination, int protocol, byte[] transport) {
    boolean isPlain = protocol == ICMP;
    boolean isAbsent = protocol == UDP && Packets.getShort(transport, 6) == 0;
    int result = isPlain
        ? Packets.checksum(transport, 0, transport.length, 0)
        : isAbsent ? 0 : transportChecksum(source, destination, protocol, transport);
    assertThat(result).as("checksum of protocol %d", protocol).isZero();
  }

  private static String icmpText(String source, String destination, byte[] message) {
    int type = message[0];
    String ends = source + " > " + destination;
    if (type == 3 || type == 11 || type == 12) {
      byte[] quoted = Packets.from(message, 8);
      boolean isWhole = Packets.getShort(quoted, 2) == quoted.length;
      return "error " + type + "/" + message[1] + " " + ends + " [" + describe(quoted, isWhole) + "]";
    }
    String name = type == 8 ? "echo " : type == 0 ? "reply " : "icmp " + type + " ";
    return name + ends + " id " + Packets.getShort(message, 4);
  }
}
