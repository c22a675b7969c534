package io.reactorstack.tcp;

import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.LastDestination;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.EgressQueues;
import io.reactorstack.layer.Originator;
import io.reactorstack.tcp.engine.ResetSegments;
import io.reactorstack.tcp.engine.TimeWait;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.PacketFields;
import io.reactorstack.wire.TcpSegment;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Sends the segments that belong to no connection: the RST that answers a stray segment (RFC 9293 section 3.10.7.1), at
 * a limited rate so that a flood of stray segments does not cause a flood of answers; and the SYN-ACK with a SYN
 * cookie. The number of replies that wait to be sent is bounded.
 */
final class StatelessReplies {

  private static final Logger LOG = Loggers.getLogger(StatelessReplies.class);

  /** The maximum number of replies that wait for device credit. */
  static final int MAX_PENDING = 256;

  /** The number of resets per second, and the largest burst of resets after a quiet second. */
  static final int PER_SECOND = 1000;

  private static final long NANOS_PER_TOKEN = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
  private static final long FULL_BUCKET = TimeUnit.SECONDS.toNanos(1);

  private final LastDestination last;
  private final ByteBufAllocator allocator;
  private final Drops drops;
  private final TcpMeters meters;
  private final EgressQueues<OutboundPacket> queues = new EgressQueues<>(packet -> packet.route().egress(), packet -> {
    // hasRoom() bounds the number of packets, which the queues count.
  });
  /** The budget for resets, in nanoseconds of quiet time; one reset costs {@link #NANOS_PER_TOKEN}. */
  private long bucket = FULL_BUCKET;
  private long filledAt;

  StatelessReplies(IpHost host, ByteBufAllocator allocator, Drops drops, TcpMeters meters) {
    this.meters = meters;
    this.last = new LastDestination(host);
    this.allocator = allocator;
    this.drops = drops;
  }

  /** Releases {@code segment} and answers it with RST, unless it carries RST itself. */
  void reset(TcpSegment segment, long now) {
    ResetSegments.Fields fields = ResetSegments.fieldsAnswering(segment);
    segment.release();
    if (fields == null) {
      return;
    }
    Destination path = last.to(segment.flow().remoteAddress());
    if (path == null) {
      drops.count(TcpDrop.RESET_NO_ROUTE);
      return;
    }
    if (!hasRoom() || !spend(now)) {
      drops.count(TcpDrop.RESET_RATE);
      return;
    }
    FourTuple flow = segment.flow();
    send(() -> fields.build(flow, allocator), path);
  }

  /**
   * Sends the acknowledgement that {@code rest} owes, if there is one. It is lost if there is no route or too many
   * replies wait; the peer then sends its segment again.
   */
  void acknowledge(TimeWait rest, long now) {
    Destination path = rest.isAckDue() && hasRoom() ? last.to(rest.flow().remoteAddress()) : null;
    if (path != null) {
      send(() -> rest.acknowledgement(allocator, now), path, rest.packetFields());
    }
  }

  /** Returns whether one more reply may wait to be sent. */
  boolean hasRoom() {
    return queues.size() < MAX_PENDING;
  }

  /**
   * Builds a segment with {@code reply} and sends it when the device has credit; call only if {@link #hasRoom}. Returns
   * whether the segment could be built.
   */
  boolean send(Supplier<TcpSegment> reply, Destination route) {
    return send(reply, route, new PacketFields(0, route.hopLimit(), true));
  }

  private boolean send(Supplier<TcpSegment> reply, Destination route, PacketFields fields) {
    TcpSegment segment = null;
    try {
      segment = reply.get();
      queues.offer(TcpPackets.encode(segment, route, fields, Originator.NOBODY));
      meters.onSent(segment);
      return true;
    } catch (Throwable e) {
      if (segment != null && segment.payload().refCnt() > 0) {
        segment.release();
      }
      // Only this reply is lost, for example for lack of memory; the next one goes to another peer and may succeed.
      LOG.error("cannot build a reply to a segment without a connection", e);
      drops.fault(e);
      return false;
    }
  }

  /** Releases the replies that wait for the device of {@code gone}, which accepts no more packets. */
  void onDeviceGone(NetworkInterface gone) {
    queues.remove(gone.egress(), OutboundPacket::release);
  }

  /**
   * Called when routes have changed: moves waiting replies to the egress of the interface that now leads to their peer.
   */
  void follow() {
    queues.follow();
  }

  private boolean spend(long now) {
    bucket = Math.min(FULL_BUCKET, bucket + Math.max(0, now - filledAt));
    filledAt = now;
    if (bucket < NANOS_PER_TOKEN) {
      return false;
    }
    bucket -= NANOS_PER_TOKEN;
    return true;
  }
}
