package io.reactorstack.ip.input;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.Frame;
import io.reactorstack.offload.Cutter;
import io.reactorstack.packet.Offload;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.IpHeader;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.TransportHeaders;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The ordinary packets that a received packet with a segment size stands for. A part of the host that cannot handle the
 * packet as a whole takes them one by one: {@link #of}, then {@link #next} until it returns {@code null}, and
 * {@link #close} in any case.
 */
public final class InboundSegments implements AutoCloseable {

  private final InboundPacket whole;
  private final Cutter cutter = new Cutter(Medium.IP, Offload.NONE);

  private InboundSegments(InboundPacket whole) {
    this.whole = whole;
  }

  /**
   * Returns the segments of {@code packet}, which remains the caller's and must not be released before {@link #close};
   * none if its headers cannot be copied.
   *
   * @param packet with the octets of its header in front of its payload
   */
  public static InboundSegments of(InboundPacket packet) {
    InboundSegments segments = new InboundSegments(packet);
    ByteBuf bytes = packet.payload().retainedDuplicate();
    bytes.readerIndex(bytes.readerIndex() - packet.headerLength());
    Frame frame = new Frame(bytes, packet.facts());
    if (!segments.cutter.cut(frame)) {
      frame.release();
    }
    return segments;
  }

  /** Returns whether {@code packet} stands for several packets. */
  public static boolean areIn(InboundPacket packet) {
    return packet.facts().segmentSize() > 0;
  }

  /**
   * Returns what {@code reader} makes of {@code packet}, or of its first segment if it stands for several packets: its
   * sender knows only these. The segment is valid only during the call.
   */
  public static <R> R ofFirst(InboundPacket packet, Function<InboundPacket, R> reader) {
    if (!areIn(packet)) {
      return reader.apply(packet);
    }
    try (InboundSegments segments = of(packet)) {
      InboundPacket first = segments.next();
      if (first == null) {
        return reader.apply(packet);
      }
      try {
        return reader.apply(first);
      } finally {
        first.release();
      }
    }
  }

  /** Returns the length of the longest segment of {@code packet} with its IP header, in octets. */
  public static int longest(InboundPacket packet) {
    ByteBuf bytes = packet.payload();
    int octets = bytes.readableBytes();
    int header = TransportHeaders.length(bytes, bytes.readerIndex(), octets, packet.protocol());
    return packet.headerLength() + header + Math.min(octets - header, packet.facts().segmentSize());
  }

  /** Returns the next segment, which the caller owns, with a complete checksum; {@code null} if there is none. */
  public @Nullable InboundPacket next() {
    Frame segment = cutter.next();
    if (segment == null) {
      return null;
    }
    ByteBuf bytes = segment.payload();
    IpHeader header = whole.source().isV4()
        ? Ipv4Header.parse(bytes, Rejections.UNCOUNTED)
        : Ipv6Header.parse(bytes, Rejections.UNCOUNTED);
    if (header == null) {
      segment.release();
      throw new AssertionError("a segment has the header of a packet that was received");
    }
    bytes.skipBytes(whole.headerLength());
    return new InboundPacket(header, whole.protocol(), whole.options(), whole.headerLength(), whole.broadcast(), bytes,
        segment.facts(), whole.ingress());
  }

  /** Discards the remaining segments. */
  @Override
  public void close() {
    if (cutter.hasNext()) {
      cutter.release();
    }
  }
}
