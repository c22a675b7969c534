package io.reactorstack.tcp;

import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.LastDestination;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Lanes;
import io.reactorstack.layer.Originator;
import io.reactorstack.tcp.engine.ResetSegments;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.PacketFields;
import io.reactorstack.wire.TcpSegment;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Sends segments that belong to no connection, in bounded number: the RST that answers a stray segment (RFC 9293 section
 * 3.10.7.1), at a bounded rate so that a flood of strays does not become a flood of answers; and the SYN-ACK of a SYN of which
 * nothing is kept.
 */
final class StatelessReplies {

  private static final Logger LOG = Loggers.getLogger(StatelessReplies.class);

  /** Most answers that wait for device credit. */
  static final int MAX_PENDING = 256;

  /** Answers that may go out at once after a quiet time, and answers a second for ever. */
  static final int PER_SECOND = 1000;

  private static final long NANOS_PER_TOKEN = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
  private static final long FULL_BUCKET = TimeUnit.SECONDS.toNanos(1);

  private final LastDestination last;
  private final ByteBufAllocator allocator;
  private final Drops drops;
  private final TcpMeters meters;
  private final Lanes<OutboundPacket> lanes = new Lanes<>(packet -> packet.way().egress(), packet -> {
    // The bound is on the number, which the lanes know.
  });
  /** The budget for answers, in nanoseconds of quiet time; one answer costs {@link #NANOS_PER_TOKEN}. */
  private long bucket = FULL_BUCKET;
  private long filledAt;

  StatelessReplies(IpHost host, ByteBufAllocator allocator, Drops drops, TcpMeters meters) {
    this.meters = meters;
    this.last = new LastDestination(host);
    this.allocator = allocator;
    this.drops = drops;
  }

  /** Releases {@code segment} and answers it with RST, unless it is a RST. */
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

  /** Whether one more segment may wait to be sent. */
  boolean hasRoom() {
    return lanes.size() < MAX_PENDING;
  }

  /**
   * Makes a segment by {@code reply} and sends it when the device has room; only if {@link #hasRoom}. Returns whether it could be
   * made.
   */
  boolean send(Supplier<TcpSegment> reply, Destination way) {
    TcpSegment segment = null;
    try {
      segment = reply.get();
      lanes.offer(TcpPackets.encode(segment, way, PacketFields.DEFAULT, Originator.NOBODY));
      meters.onSent(segment);
      return true;
    } catch (Throwable e) {
      if (segment != null && segment.payload().refCnt() > 0) {
        segment.release();
      }
      // One answer is lost, be it for want of memory; the next is for somebody else.
      LOG.error("an answer to a segment without a connection could not be made", e);
      drops.fault(e);
      return false;
    }
  }

  /** The device of {@code gone} takes nothing any more: releases what waits for it. */
  void onDeviceGone(NetworkInterface gone) {
    lanes.remove(gone.egress(), OutboundPacket::release);
  }

  /** Ways may lead through other interfaces than before. */
  void follow() {
    lanes.follow();
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
