package io.reactorstack.neighbor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.layer.Counter;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.wire.ArpPacket;

/** Sends packets in the format of ARP from one interface: those of ARP itself, and those of RARP. */
final class ArpOutput {

  private final MacAddress own;
  private final int etherType;
  private final Drops drops;
  private final ByteBufAllocator allocator;
  private final LinkOutput output;

  /** @param etherType the EtherType of the protocol */
  ArpOutput(LinkContext link, LinkOutput output, int etherType) {
    this.own = link.mac();
    this.etherType = etherType;
    this.drops = link.drops();
    this.allocator = link.memory().allocator();
    this.output = output;
  }

  /** Sends {@code packet} in the next turn and counts it in {@code sent}; without memory it counts a drop. */
  void send(MacAddress destination, ArpPacket packet, Counter sent) {
    ByteBuf bytes;
    try {
      bytes = Headroom.reserve(allocator, packet.length());
    } catch (VirtualMachineError e) {
      // Treat the message as lost on the link: requests and announcements are repeated, and a requesting station asks
      // again.
      drops.count(NeighborDrop.NO_MEMORY);
      return;
    }
    packet.write(bytes);
    sent.increment();
    output.transmit(new EthernetFrame(destination, own, etherType, bytes, PacketFacts.LOCAL));
  }
}
