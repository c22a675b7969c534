package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Ipv4Address;

/**
 * Changes single fields of an IPv4 header in place and updates its checksum incrementally (RFC 1624). A header whose
 * checksum was wrong keeps a wrong one.
 *
 * <p>The methods for addresses return the change of the pseudo-header's sum, for {@link
 * TransportFields#updateChecksum}.
 */
public final class Ipv4Fields {

  private static final int IDENTIFICATION = 4;
  private static final int CHECKSUM = 10;
  private static final int SOURCE = 12;
  private static final int DESTINATION = 16;

  private Ipv4Fields() {}

  /** Sets the source address of the header at {@code header}; returns the change of the pseudo-header's sum. */
  public static long setSource(ByteBuf packet, int header, Ipv4Address address) {
    return setAddress(packet, header, SOURCE, address);
  }

  /** Sets the destination address of the header at {@code header}; returns the change of the pseudo-header's sum. */
  public static long setDestination(ByteBuf packet, int header, Ipv4Address address) {
    return setAddress(packet, header, DESTINATION, address);
  }

  /** Sets the identification of the header at {@code header}, 0 to 65535. */
  public static void setIdentification(ByteBuf packet, int header, int identification) {
    int before = packet.getUnsignedShort(header + IDENTIFICATION);
    packet.setShort(header + IDENTIFICATION, identification);
    update(packet, header, Checksum.change(before, identification));
  }

  private static long setAddress(ByteBuf packet, int header, int offset, Ipv4Address address) {
    int before = packet.getInt(header + offset);
    int after = address.bits();
    if (before == after) {
      return 0;
    }
    packet.setInt(header + offset, after);
    long change = Checksum.change(before >>> 16, after >>> 16) + Checksum.change(before, after);
    update(packet, header, change);
    return change;
  }

  private static void update(ByteBuf packet, int header, long change) {
    int checksum = packet.getUnsignedShort(header + CHECKSUM);
    packet.setShort(header + CHECKSUM, Checksum.update(checksum, change));
  }
}
