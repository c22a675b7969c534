package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/** The RST that answers a segment for which there is no connection (RFC 9293 sections 3.5.2 and 3.10.7.1). */
public final class ResetSegments {

  private ResetSegments() {}

  /**
   * The RST to send in answer to {@code segment}, which stays the caller's.
   *
   * @return {@code null} if it must not be answered, because it is a RST itself
   */
  public static @Nullable TcpSegment answering(TcpSegment segment) {
    Fields fields = fieldsAnswering(segment);
    return fields == null ? null : fields.build(segment.flow(), segment.payload().alloc());
  }

  /** The header fields of that RST, as {@link #answering} explains. */
  public static @Nullable Fields fieldsAnswering(TcpSegment segment) {
    if (segment.has(TcpSegment.RST)) {
      return null;
    }
    // RFC 7323 5.2: the peer's timestamp comes back, ours is zero.
    TcpOptions heard = segment.options();
    TcpOptions options = heard.hasTimestamps() ? TcpOptions.timestamps(0, heard.tsVal()) : TcpOptions.NONE;
    return segment.has(TcpSegment.ACK)
        ? new Fields(segment.ack(), 0, TcpSegment.RST, options)
        : new Fields(0, segment.end(), TcpSegment.RST | TcpSegment.ACK, options);
  }

  /**
   * The header of a RST.
   *
   * @param seq its sequence number
   * @param ack its acknowledgement number, meaningful with {@link TcpSegment#ACK} in {@code flags}
   * @param flags RST, or RST and ACK
   * @param options its options
   */
  public record Fields(int seq, int ack, int flags, TcpOptions options) {

    /** The segment with these fields, ready to be sent. */
    public TcpSegment build(FourTuple flow, ByteBufAllocator allocator) {
      return new TcpSegment(
          flow, seq, ack, flags, 0, 0, options, 0, Headroom.allocate(allocator, 0), PacketFacts.LOCAL);
    }
  }
}
