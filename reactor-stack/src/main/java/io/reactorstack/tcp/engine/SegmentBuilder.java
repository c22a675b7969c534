package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;

/** Builds the segments of one connection, each with the newest acknowledgement, window and timestamp. */
final class SegmentBuilder {

  /** A copy of fewer octets costs less than views of the buffers that hold them. */
  private static final int WORTH_SHARING = 4096;

  private final FourTuple flow;
  private final ByteBufAllocator allocator;
  private final Timestamps timestamps;
  private final SegmentSize size;
  /** The facts of the last segment that the interface cuts. */
  private PacketFacts burst = PacketFacts.UNFINISHED;

  SegmentBuilder(FourTuple flow, ByteBufAllocator allocator, Timestamps timestamps, SegmentSize size) {
    this.flow = flow;
    this.allocator = allocator;
    this.timestamps = timestamps;
    this.size = size;
  }

  /** Returns an empty buffer with headroom and space for {@code bytes}. */
  ByteBuf buffer(int bytes) {
    return Headroom.allocate(allocator, bytes);
  }

  /**
   * Returns a buffer with headroom and the {@code length} octets at {@code offset} of {@code output}: a copy, or the
   * buffers of {@code output} themselves, read-only, if the interface takes a payload of several buffers.
   */
  ByteBuf payload(SendBuffer output, int offset, int length) {
    if (length >= WORTH_SHARING && size.offload().scatterGather()) {
      return output.share(offset, length, allocator);
    }
    ByteBuf payload = buffer(length);
    output.copyTo(offset, length, payload);
    return payload;
  }

  /** The facts of a segment that the interface cuts into segments of {@code segmentSize} octets; 0 to leave it whole. */
  private PacketFacts facts(int segmentSize) {
    if (segmentSize == 0) {
      return size.offload().checksums() ? PacketFacts.UNFINISHED : PacketFacts.LOCAL;
    }
    if (burst.segmentSize() != segmentSize) {
      burst = new PacketFacts(0, ChecksumState.UNFINISHED, segmentSize);
    }
    return burst;
  }

  /**
   * Builds the SYN of an active open.
   *
   * @param ecn the flags that request ECN, or 0
   * @param payload empty without Fast Open
   */
  TcpSegment syn(int iss, int ecn, int window, TcpOptions options, ByteBuf payload) {
    return segment(iss, 0, TcpSegment.SYN | ecn, window, options, payload);
  }

  TcpSegment synAck(int iss, Receiver receiver, TcpOptions options, long now) {
    int window = receiver.advertiseUnscaled(now);
    // RFC 3168 6.1.1: an ECN-setup SYN-ACK has ECE and not CWR.
    int flags = TcpSegment.SYN | TcpSegment.ACK | (receiver.ecn().isAgreed() ? TcpSegment.ECE : 0);
    return segment(iss, receiver.rcvNxt(), flags, window, options, buffer(0));
  }

  /**
   * Builds a segment with data or a FIN.
   *
   * @param urgentPointer meaningful with URG in {@code flags}
   * @param ecn the ECN codepoint of its packet
   * @param segmentSize the octets in each of the segments that the interface cuts it into; 0 to leave it whole
   */
  TcpSegment data(int seq, int flags, int urgentPointer, int ecn, ByteBuf payload, int segmentSize, Receiver receiver,
      long now) {
    TcpOptions options = receiver.options(timestamps.option(now));
    int window = receiver.advertise(false, now);
    int allFlags = flags | acknowledgement(receiver);
    return new TcpSegment(flow, seq, receiver.rcvNxt(), allFlags, window, urgentPointer, options, ecn, payload,
        facts(segmentSize));
  }

  /**
   * Builds a keep-alive probe. Its old sequence number draws an acknowledgement (SHLD-12); the octet of garbage is for
   * old peers (MAY-6).
   */
  TcpSegment probe(int seq, boolean octet, Receiver receiver, long now) {
    TcpOptions options = receiver.options(timestamps.option(now));
    int window = receiver.advertise(true, now);
    ByteBuf payload = octet ? buffer(1).writeByte(0) : buffer(0);
    return segment(seq, receiver.rcvNxt(), acknowledgement(receiver), window, options, payload);
  }

  /** Builds a pure acknowledgement that announces a user timeout of {@code seconds} (RFC 5482). */
  TcpSegment announcement(int seconds, int seq, Receiver receiver, long now) {
    TcpOptions options = receiver.options(timestamps.option(now).withUserTimeout(seconds));
    int window = receiver.advertise(true, now);
    return segment(seq, receiver.rcvNxt(), acknowledgement(receiver), window, options, buffer(0));
  }

  /** Builds a pure acknowledgement. */
  TcpSegment ack(int seq, Receiver receiver, long now) {
    TcpOptions options = receiver.options(timestamps.option(now));
    int window = receiver.advertise(true, now);
    return segment(seq, receiver.rcvNxt(), acknowledgement(receiver), window, options, buffer(0));
  }

  private static int acknowledgement(Receiver receiver) {
    return TcpSegment.ACK | receiver.ecn().flags();
  }

  TcpSegment reset(int seq, int ack, int flags, TcpOptions options) {
    return segment(seq, ack, flags, 0, options, buffer(0));
  }

  private TcpSegment segment(int seq, int ack, int flags, int window, TcpOptions options, ByteBuf payload) {
    return new TcpSegment(flow, seq, ack, flags, window, 0, options, 0, payload, facts(0));
  }
}
