package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Lanes;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.wire.UdpHeader;

/** The datagrams of one socket that wait for a device, within the bounds of its send queue. */
final class UdpOutput {

  private final Drops drops;
  private final HostMemory.Holding held;
  private final Runnable onRoom;
  private final Lanes<OutboundPacket> lanes = new Lanes<>(packet -> packet.way().egress(), this::onLeft);
  private int bytes;

  /**
   * An empty queue.
   *
   * @param memory what the datagrams are charged to
   * @param onRoom run when a datagram has left
   */
  UdpOutput(HostMemory memory, Drops drops, Runnable onRoom) {
    this.held = memory.open();
    this.drops = drops;
    this.onRoom = onRoom;
  }

  /** Whether a datagram of {@code length} octets fits into the queue that {@code settings} bound; an empty queue takes any. */
  boolean hasRoomFor(int length, UdpSettings settings) {
    return lanes.size() == 0
        || (lanes.size() < settings.sendDatagrams() && bytes + length <= settings.sendBytes()
            && length + Headroom.BYTES + HostMemory.BUFFER_OVERHEAD <= held.room(HostMemory.Use.GROWTH));
  }

  /** Number of datagrams that wait. */
  int waiting() {
    return lanes.size();
  }

  /** Takes {@code packet} over, whose payload is the data of a datagram, and sends it when its device has room. */
  void add(OutboundPacket packet, int sourcePort, int destinationPort) {
    ByteBuf data = packet.payload();
    int length = data.readableBytes();
    try {
      new UdpHeader(sourcePort, destinationPort, UdpHeader.LENGTH + length)
          .write(data, packet.source(), packet.destination());
    } catch (Throwable e) {
      packet.release();
      throw e;
    }
    bytes += length;
    held.set(held.octets() + HostMemory.pinnedBy(data));
    lanes.offer(packet);
  }

  private void onLeft(OutboundPacket packet) {
    bytes -= packet.payload().readableBytes() - UdpHeader.LENGTH;
    held.give(packet.payload());
    onRoom.run();
  }

  /** Ways may lead through other interfaces than before. */
  void follow() {
    lanes.follow();
  }

  /** The device of {@code failed} is gone: what waits for it makes room for what can still be sent. */
  void onDeviceFailure(NetworkInterface failed) {
    lanes.remove(failed.egress(), packet -> drops.drop(packet, UdpDrop.DEVICE_FAILED));
  }

  /** Releases what waits. */
  void close() {
    lanes.close();
    held.close();
  }
}
