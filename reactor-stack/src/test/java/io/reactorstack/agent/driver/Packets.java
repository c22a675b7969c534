package io.reactorstack.agent.driver;

import io.netty.util.NetUtil;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Builds the peer's IP packets, and checks every packet of the stack. They are written and read octet by octet, so that
 * faults in the stack's codecs are detected.
 */
final class Packets {

  static final int ICMP = 1;
  static final int TCP = 6;
  static final int UDP = 17;
  static final int ICMP_V6 = 58;

  private Packets() {}

  static byte[] octets(String address) {
    return NetUtil.createByteArrayFromIpAddressString(address);
  }

  /** Returns an IP packet with correct checksums around {@code transport}. */
  static byte[] ip(String source, String destination, int protocol, int trafficClass, byte[] transport) {
    byte[] from = octets(source);
    byte[] to = octets(destination);
    byte[] body = transport.clone();
    int at = checksumAt(protocol);
    if (at >= 0) {
      body[at] = 0;
      body[at + 1] = 0;
      int sum = protocol == ICMP
          ? checksum(body)
          : checksum(pseudo(from, to, protocol, body.length), body);
      if (protocol == UDP && sum == 0) {
        sum = 0xffff;
      }
      body[at] = (byte) (sum >> 8);
      body[at + 1] = (byte) sum;
    }
    ByteBuffer packet;
    if (from.length == 4) {
      packet = ByteBuffer.allocate(20 + body.length);
      packet.put((byte) 0x45).put((byte) trafficClass).putShort((short) packet.capacity()).putShort((short) 0)
          .putShort((short) 0x4000).put((byte) 255).put((byte) protocol).putShort((short) 0).put(from).put(to);
      packet.putShort(10, (short) checksum(Arrays.copyOf(packet.array(), 20)));
    } else {
      packet = ByteBuffer.allocate(40 + body.length);
      packet.putInt(6 << 28 | trafficClass << 20).putShort((short) body.length).put((byte) protocol).put((byte) 255)
          .put(from).put(to);
    }
    return packet.put(body).array();
  }

  private static int checksumAt(int protocol) {
    return switch (protocol) {
      case TCP -> 16;
      case UDP -> 6;
      case ICMP, ICMP_V6 -> 2;
      default -> -1;
    };
  }

  private static byte[] pseudo(byte[] from, byte[] to, int protocol, int length) {
    ByteBuffer header = ByteBuffer.allocate(from.length + to.length + (from.length == 4 ? 4 : 8));
    header.put(from).put(to);
    if (from.length == 4) {
      header.putShort((short) protocol).putShort((short) length);
    } else {
      header.putInt(length).putInt(protocol);
    }
    return header.array();
  }

  private static int checksum(byte[]... parts) {
    long sum = 0;
    for (byte[] part : parts) {
      for (int i = 0; i < part.length; i++) {
        sum += (part[i] & 0xffL) << (i % 2 == 0 ? 8 : 0);
      }
    }
    while (sum >> 16 != 0) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    return (int) (~sum & 0xffff);
  }

  /**
   * Returns the transport part of a packet of the stack.
   *
   * @throws AssertionError if a length or a checksum is wrong
   */
  static ByteBuffer verified(byte[] packet) {
    boolean v4 = packet[0] >> 4 == 4;
    int header = v4 ? 20 : 40;
    ByteBuffer ip = ByteBuffer.wrap(packet);
    check(v4 ? packet[0] == 0x45 : packet[0] >> 4 == 6, "version or IP options");
    check((ip.getShort(v4 ? 2 : 4) & 0xffff) == packet.length - (v4 ? 0 : 40), "the IP length");
    check(!v4 || checksum(Arrays.copyOf(packet, 20)) == 0, "the IP header's checksum");
    int protocol = protocol(packet);
    byte[] body = Arrays.copyOfRange(packet, header, packet.length);
    byte[] from = Arrays.copyOfRange(packet, v4 ? 12 : 8, v4 ? 16 : 24);
    byte[] to = Arrays.copyOfRange(packet, v4 ? 16 : 24, v4 ? 20 : 40);
    int sum = protocol == ICMP ? checksum(body) : checksum(pseudo(from, to, protocol, body.length), body);
    check(sum == 0, "the transport checksum");
    return ByteBuffer.wrap(body);
  }

  static int protocol(byte[] packet) {
    return packet[packet[0] >> 4 == 4 ? 9 : 6] & 0xff;
  }

  static int trafficClass(byte[] packet) {
    return packet[0] >> 4 == 4 ? packet[1] & 0xff : ByteBuffer.wrap(packet).getInt(0) >> 20 & 0xff;
  }

  static int hopLimit(byte[] packet) {
    return packet[packet[0] >> 4 == 4 ? 8 : 7] & 0xff;
  }

  static String ecn(byte[] packet) {
    return switch (trafficClass(packet) & 3) {
      case 0 -> "noecn";
      case 1 -> "ect1";
      case 2 -> "ect0";
      default -> "ce";
    };
  }

  private static void check(boolean right, String what) {
    if (!right) {
      throw new AssertionError(what + " of a packet of the stack is wrong");
    }
  }
}
