package io.reactorstack.ip.forward;

import io.reactorstack.ip.host.ForwardedPacket;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.EgressQueues;

/** The packets in transit that wait for the devices of their outgoing interfaces: a bounded queue for each. */
final class TransitQueue {

  private final EgressQueues<OutboundPacket> queues = new EgressQueues<>(packet -> packet.route().egress(), packet -> {
    // The limit is on the number of packets, which the queues count.
  });
  private final int limit;
  private final Drops drops;

  /** @param limit the number of packets that may wait for one device */
  TransitQueue(int limit, Drops drops) {
    this.limit = limit;
    this.drops = drops;
  }

  /** Takes ownership of {@code packet}; drops it if the queue is full. */
  void add(ForwardedPacket packet) {
    if (queues.size(packet.route().egress()) >= limit) {
      drops.drop(packet, ForwardDrop.QUEUE_FULL);
    } else {
      queues.offer(packet);
    }
  }

  /** Moves the packets whose route has changed to the queues of their present interfaces. */
  void follow() {
    queues.follow();
  }

  /** Drops the packets that wait for the device of {@code gone}. */
  void remove(NetworkInterface gone) {
    queues.remove(gone.egress(), packet -> drops.drop(packet, ForwardDrop.DEVICE_GONE));
  }

  /** Releases all packets and accepts no more. */
  void close() {
    queues.close();
  }
}
