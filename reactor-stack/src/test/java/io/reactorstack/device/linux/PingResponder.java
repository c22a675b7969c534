package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.MacAddress;

/**
 * A minimal host that answers ARP requests and ICMP echo requests. It changes the octets of the request in place,
 * including the checksum, which the codecs cannot do.
 */
final class PingResponder {

  private static final int ARP = 0x0806;
  private static final int IPV4 = 0x0800;

  private PingResponder() {}

  /** Turns {@code frame} into its answer, or returns {@code null} if it needs none. */
  static ByteBuf answer(ByteBuf frame, MacAddress ours, int ourAddress) {
    ByteBuf bytes = frame.slice();
    boolean answered = switch (bytes.readableBytes() < 42 ? 0 : bytes.getUnsignedShort(12)) {
      case ARP -> arp(bytes, ours, ourAddress);
      case IPV4 -> echo(bytes, ours, ourAddress);
      default -> false;
    };
    return answered ? frame : null;
  }

  private static boolean arp(ByteBuf frame, MacAddress ours, int ourAddress) {
    if (frame.getUnsignedShort(20) != 1 || frame.getInt(38) != ourAddress) {
      return false;
    }
    MacAddress theirs = MacAddress.get(frame, 22);
    int theirAddress = frame.getInt(28);
    theirs.set(frame, 0);
    ours.set(frame, 6);
    frame.setShort(20, 2);
    ours.set(frame, 22);
    frame.setInt(28, ourAddress);
    theirs.set(frame, 32);
    frame.setInt(38, theirAddress);
    return true;
  }

  private static boolean echo(ByteBuf frame, MacAddress ours, int ourAddress) {
    if (frame.getUnsignedByte(23) != 1 || frame.getInt(30) != ourAddress || frame.getUnsignedByte(34) != 8) {
      return false;
    }
    MacAddress.get(frame, 6).set(frame, 0);
    ours.set(frame, 6);
    frame.setInt(30, frame.getInt(26));
    frame.setInt(26, ourAddress);
    frame.setByte(34, 0);
    // RFC 1624 equation 3, for a type that changes from 8 to 0.
    int checksum = frame.getUnsignedShort(36) + 0x0800;
    frame.setShort(36, (checksum & 0xffff) + (checksum >>> 16));
    return true;
  }
}
