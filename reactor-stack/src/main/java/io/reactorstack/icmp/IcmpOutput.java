package io.reactorstack.icmp;

import io.reactorstack.ip.Destination;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.layer.Egress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** ICMP's ways out: one bounded queue for each egress, polled when the device has credit. */
final class IcmpOutput {

  /** Most messages that wait for one device. */
  static final int QUEUE = 128;

  private final Map<Egress<IpPacket>, Lane> lanes = new HashMap<>();
  private boolean closed;

  private static final class Lane {

    private final Deque<IcmpMessage> queue = new ArrayDeque<>();
    private final Egress.Outlet<IpPacket> outlet;

    Lane(Egress<IpPacket> egress) {
      outlet = egress.open(
          () -> {
            IcmpMessage message = queue.pollFirst();
            return message == null ? null : encodeOrRelease(message);
          });
    }
  }

  private static IpPacket encodeOrRelease(IcmpMessage message) {
    try {
      return IcmpLayer.encode(message);
    } catch (Throwable e) {
      message.release();
      throw e;
    }
  }

  /** Takes {@code message} over and sends it; without room it is released and the answer is {@code false}. */
  boolean offer(Destination path, IcmpMessage message) {
    if (closed) {
      message.release();
      return false;
    }
    Lane lane = lanes.computeIfAbsent(path.egress(), Lane::new);
    if (lane.queue.size() >= QUEUE) {
      message.release();
      return false;
    }
    lane.queue.addLast(message);
    lane.outlet.ready();
    return true;
  }

  /** Releases what waits, and closes the ways out. */
  void close() {
    closed = true;
    for (Lane lane : lanes.values()) {
      lane.outlet.close();
      lane.queue.forEach(IcmpMessage::release);
    }
    lanes.clear();
  }
}
