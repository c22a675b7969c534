package io.reactorstack.multicast;

import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.ipv6;
import static io.reactorstack.testing.Packets.octets;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Packets;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** IGMP and MLD messages written byte by byte, independently of the stack's codecs. */
public final class GroupMessages {

  /** The Router Alert option of IPv4. */
  public static final int[] ALERT = {0x94, 4, 0, 0};

  private GroupMessages() {}

  public static byte[] address(String address) {
    return IpAddress.parse(address).bytes();
  }

  /** Returns a copy with the Internet checksum at octet 2. */
  public static byte[] checked(byte[] message) {
    byte[] checked = message.clone();
    Packets.putShort(checked, 2, 0);
    Packets.putShort(checked, 2, Packets.checksum(checked, 0, checked.length, 0));
    return checked;
  }

  /** An IGMP message of eight octets, as in the older versions. */
  public static byte[] igmp(int type, int code, String group) {
    return checked(concat(octets(type, code, 0, 0), address(group)));
  }

  /** An IGMPv3 query. */
  public static byte[] igmpQuery(int code, String group, int robustness, int interval, String... sources) {
    byte[] head = concat(octets(0x11, code, 0, 0), address(group), octets(robustness, interval, 0, sources.length));
    return checked(concat(head, addresses(sources)));
  }

  private static byte[] addresses(String... addresses) {
    return concat(Arrays.stream(addresses).map(GroupMessages::address).toArray(byte[][]::new));
  }

  /** A record of an IGMPv3 or MLDv2 report. */
  public static byte[] record(int type, byte[] auxiliary, String group, String... sources) {
    return concat(octets(type, auxiliary.length / 4, 0, sources.length), address(group), addresses(sources),
        auxiliary);
  }

  public static byte[] record(int type, String group, String... sources) {
    return record(type, new byte[0], group, sources);
  }

  public static byte[] igmpReport(byte[]... records) {
    return checked(concat(octets(0x22, 0, 0, 0, 0, 0, 0, records.length), concat(records)));
  }

  /** An IGMPv3 report with additional octets behind the last record. */
  public static byte[] igmpReportWithTail(byte[] tail, byte[]... records) {
    return checked(concat(octets(0x22, 0, 0, 0, 0, 0, 0, records.length), concat(records), tail));
  }

  /** An IGMP message in a packet with TTL 1 and these options. */
  public static byte[] igmpPacket(String source, String destination, byte[] message, int... options) {
    byte[] packet = ipv4(source, destination, 2, message, options);
    packet[8] = 1;
    return Packets.fixIpv4(packet, 0);
  }

  // MLD

  /** An MLDv1 message, or query. */
  public static byte[] mld(String source, String destination, int type, int code, String group) {
    return icmpv6(source, destination, type, 0, code << 16, address(group));
  }

  public static byte[] mldQuery(
      String source, String destination, int code, String group, int robustness, int interval, String... sources) {
    return icmpv6(source, destination, 130, 0, code << 16,
        concat(address(group), octets(robustness, interval, 0, sources.length), addresses(sources)));
  }

  public static byte[] mldReport(String source, String destination, byte[]... records) {
    return icmpv6(source, destination, 143, 0, records.length, concat(records));
  }

  /** An MLD message behind a hop-by-hop header with the Router Alert option. */
  public static byte[] mldPacket(String source, String destination, int hopLimit, byte[] message) {
    byte[] packet = ipv6(source, destination, 0, concat(octets(58, 0, 5, 2, 0, 0, 1, 0), message));
    packet[7] = (byte) hopLimit;
    return packet;
  }

  /** Returns {@code packet} without its flow label, which is random and not compared. */
  public static byte[] withoutFlowLabel(byte[] packet) {
    byte[] without = packet.clone();
    ByteBuffer.wrap(without).putInt(0, ByteBuffer.wrap(without).getInt(0) & 0xfff0_0000);
    return without;
  }
}
