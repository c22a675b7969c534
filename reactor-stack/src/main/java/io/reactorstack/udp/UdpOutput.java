package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.EgressQueues;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.wire.UdpHeader;

/** The send queue of one socket: datagrams that wait for a device, within the bounds of {@link UdpSettings}. */
final class UdpOutput {

  private final Drops drops;
  private final HostMemory.Holding held;
  private final Runnable onRoom;
  private final EgressQueues<OutboundPacket> queues = new EgressQueues<>(packet -> packet.route().egress(),
      this::onLeft);
  private int bytes;

  /**
   * Creates an empty queue.
   *
   * @param memory the memory to which the datagrams are charged
   * @param onRoom run when a datagram has left the queue
   */
  UdpOutput(HostMemory memory, Drops drops, Runnable onRoom) {
    this.held = memory.open();
    this.drops = drops;
    this.onRoom = onRoom;
  }

  /**
   * Returns whether a datagram of {@code length} octets fits into the queue under {@code settings}; an empty queue
   * accepts any.
   */
  boolean hasRoomFor(int length, UdpSettings settings) {
    return queues.size() == 0
        || (queues.size() < settings.sendDatagrams() && bytes + length <= settings.sendBytes()
            && length + Headroom.BYTES + HostMemory.BUFFER_OVERHEAD <= held.room(HostMemory.Use.GROWTH));
  }

  /** The number of waiting datagrams. */
  int waiting() {
    return queues.size();
  }

  /**
   * Takes ownership of {@code packet}, whose payload is the data of a datagram, and sends it when its device has
   * credit.
   *
   * @return the second word of its UDP header: length and checksum
   */
  int add(OriginatedPacket packet, int sourcePort, int destinationPort) {
    ByteBuf data = packet.payload();
    int length = data.readableBytes();
    try {
      var header = new UdpHeader(sourcePort, destinationPort, UdpHeader.LENGTH + length);
      if (packet.facts().checksum() == ChecksumState.UNFINISHED) {
        header.writeUnfinished(data, packet.source(), packet.destination());
      } else {
        header.write(data, packet.source(), packet.destination());
      }
    } catch (Throwable e) {
      packet.release();
      throw e;
    }
    int lengthAndChecksum = data.getInt(data.readerIndex() + Integer.BYTES);
    bytes += length;
    held.set(held.octets() + HostMemory.pinnedBy(data));
    queues.offer(packet);
    return lengthAndChecksum;
  }

  private void onLeft(OutboundPacket packet) {
    bytes -= packet.payload().readableBytes() - UdpHeader.LENGTH;
    held.give(packet.payload());
    onRoom.run();
  }

  /** Moves datagrams whose interface has changed to the queue of their current interface. */
  void follow() {
    queues.follow();
  }

  /** Drops the datagrams that wait for the device of {@code failed}, which is gone, and so frees space for others. */
  void onDeviceFailure(NetworkInterface failed) {
    queues.remove(failed.egress(), packet -> drops.drop(packet, UdpDrop.DEVICE_FAILED));
  }

  /** Releases the waiting datagrams. */
  void close() {
    queues.close();
    held.close();
  }
}
