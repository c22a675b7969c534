package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/** Builds the RST that answers a segment without a connection (RFC 9293 sections 3.5.2 and 3.10.7.1). */
public final class ResetSegments {

  private ResetSegments() {}

  /**
   * Returns the RST that answers {@code segment}. The caller keeps ownership of {@code segment}.
   *
   * @return {@code null} if {@code segment} is a RST itself, which must not be answered
   */
  public static @Nullable TcpSegment answering(TcpSegment segment) {
    Fields fields = fieldsAnswering(segment);
    return fields == null ? null : fields.build(segment.flow(), segment.payload().alloc());
  }

  /** Returns only the header fields of the RST that {@link #answering} returns. */
  public static @Nullable Fields fieldsAnswering(TcpSegment segment) {
    if (segment.has(TcpSegment.RST)) {
      return null;
    }
    // RFC 7323 5.2: the RST echoes the peer's timestamp; its own is zero.
    TcpOptions heard = segment.options();
    TcpOptions options = heard.hasTimestamps() ? TcpOptions.timestamps(0, heard.tsVal()) : TcpOptions.NONE;
    return segment.has(TcpSegment.ACK)
        ? new Fields(segment.ack(), 0, TcpSegment.RST, options)
        : new Fields(0, segment.end(), TcpSegment.RST | TcpSegment.ACK, options);
  }

  /**
   * The header fields of a RST.
   *
   * @param seq its sequence number
   * @param ack its acknowledgement number, meaningful with {@link TcpSegment#ACK} in {@code flags}
   * @param flags RST, or RST and ACK
   * @param options its options
   */
  public record Fields(int seq, int ack, int flags, TcpOptions options) {

    /** Builds the segment with these fields. */
    public TcpSegment build(FourTuple flow, ByteBufAllocator allocator) {
      return new TcpSegment(
          flow, seq, ack, flags, 0, 0, options, 0, Headroom.allocate(allocator, 0), PacketFacts.LOCAL);
    }
  }
}
