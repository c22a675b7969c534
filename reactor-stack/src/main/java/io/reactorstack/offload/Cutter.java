package io.reactorstack.offload;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.layer.Burst;
import io.reactorstack.packet.Offload;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.wire.FrameLayout;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts super-frames into frames that a device takes, and completes the checksums that the device does not complete.
 *
 * <p>A super-frame holds one IP packet of TCP or UDP whose payload is longer than the segment size in the facts. Its
 * segments have copies of its headers: the IPv4 identification increases by one for each segment, the sequence number by
 * its payload; FIN and PSH are in the last segment only, CWR in the first one only. If the device cuts frames itself, but
 * only shorter ones, the result are super-frames of the longest permitted length.
 *
 * <p>Order of use: {@link #cut}, then {@link #next} while {@link #hasNext}; then {@code cut} with the next frame. The
 * payload is copied once, into new buffers. Apart from these and the frames, nothing is allocated for a segment.
 */
public final class Cutter implements Burst.Pieces<Frame> {

  /** The free octets in front of a segment: a device may need room for a header of its own. */
  static final int HEADROOM = 16;

  private final Offload offload;
  private final FrameLayout layout;
  private final HeaderTemplate template = new HeaderTemplate();
  private final PayloadReader payload = new PayloadReader();
  private @Nullable Frame frame;
  /** True if {@link #frame} itself is the only piece. */
  private boolean isWhole;
  private int segmentSize;
  /** The number of segments in one piece: 1, unless the device cuts frames itself. */
  private int segmentsPerPiece;
  private PacketFacts pieceFacts = PacketFacts.LOCAL;
  private int offset;
  private int length;

  /** Creates a cutter for a device with {@code capabilities}. */
  public Cutter(DeviceCapabilities capabilities) {
    this(capabilities.medium(), capabilities.offload());
  }

  /** Creates a cutter for frames of {@code medium}, for a device with {@code offload}. */
  public Cutter(DeviceCapabilities.Medium medium, Offload offload) {
    this.offload = offload;
    this.layout = new FrameLayout(medium == DeviceCapabilities.Medium.ETHERNET);
  }

  /**
   * Begins with {@code next}, which belongs to this object if the result is true. All pieces of the frame before must
   * have been taken or released.
   *
   * @return false if the frame has a segment size, but no headers that could be copied; it remains the caller's
   */
  public boolean cut(Frame next) {
    PacketFacts facts = next.facts();
    if (facts.segmentSize() > 0) {
      return cutSuperFrame(next, facts);
    }
    if (facts.checksum() == ChecksumState.UNFINISHED && !offload.checksums()) {
      if (layout.read(next.payload())) {
        FrameChecksum.complete(next.payload(), layout);
      }
      begin(new Frame(next.payload(), finished(facts)));
    } else {
      begin(next);
    }
    return true;
  }

  private boolean cutSuperFrame(Frame next, PacketFacts facts) {
    ByteBuf bytes = next.payload();
    if (!layout.read(bytes)) {
      return false;
    }
    length = layout.payloadLength();
    segmentSize = facts.segmentSize();
    if (length <= segmentSize) {
      beginOrdinary(next, facts);
      return true;
    }
    int longest = layout.isTcp() ? offload.longestTcp() : offload.longestUdp();
    if (layout.end() - layout.ip() <= longest) {
      begin(FrameChecksum.leaveUnfinished(next, layout));
      return true;
    }
    template.read(bytes, layout);
    payload.open(bytes, bytes.readerIndex() + layout.payload(), length);
    segmentsPerPiece = Math.max(1, (longest - (layout.payload() - layout.ip())) / segmentSize);
    pieceFacts = offload.checksums()
        ? new PacketFacts(facts.ingressNanos(), ChecksumState.UNFINISHED, segmentsPerPiece > 1 ? segmentSize : 0)
        : finished(facts);
    offset = 0;
    isWhole = false;
    frame = next;
    return true;
  }

  /** Begins with a frame whose payload is not longer than its segment size: it needs no cut. */
  private void beginOrdinary(Frame next, PacketFacts facts) {
    if (facts.checksum() == ChecksumState.UNFINISHED && offload.checksums()) {
      begin(new Frame(next.payload(), new PacketFacts(facts.ingressNanos(), ChecksumState.UNFINISHED, 0)));
      return;
    }
    FrameChecksum.complete(next.payload(), layout);
    begin(new Frame(next.payload(), finished(facts)));
  }

  private void begin(Frame whole) {
    frame = whole;
    isWhole = true;
  }

  private static PacketFacts finished(PacketFacts facts) {
    return facts.ingressNanos() == 0 ? PacketFacts.LOCAL : PacketFacts.receivedAt(facts.ingressNanos());
  }

  @Override
  public boolean hasNext() {
    return frame != null;
  }

  @Override
  public @Nullable Frame next() {
    Frame whole = frame;
    if (whole == null) {
      return null;
    }
    if (isWhole) {
      frame = null;
      return whole;
    }
    Frame piece = piece(whole.payload().alloc());
    if (offset == length) {
      release();
    }
    return piece;
  }

  private Frame piece(ByteBufAllocator allocator) {
    int size = Math.min(length - offset, segmentSize * segmentsPerPiece);
    int octets = template.length() + size;
    ByteBuf piece = allocator.directBuffer(HEADROOM + octets, HEADROOM + octets);
    piece.setIndex(HEADROOM, HEADROOM + octets);
    boolean isLast = offset + size == length;
    ByteBuffer view = piece.internalNioBuffer(HEADROOM, octets);
    int at = view.position();
    template.write(view, at, offset / segmentSize, offset, size, isLast);
    if (pieceFacts.checksum() == ChecksumState.UNFINISHED) {
      payload.copy(view, at + template.length(), size);
      template.leaveUnfinished(view, at, size);
    } else {
      long sum = payload.copyAndSum(view, at + template.length(), size);
      template.complete(view, at, offset, size, isLast, sum);
    }
    offset += size;
    return new Frame(piece, size <= segmentSize && pieceFacts.segmentSize() > 0 ? ordinary() : pieceFacts);
  }

  private PacketFacts ordinary() {
    return new PacketFacts(pieceFacts.ingressNanos(), ChecksumState.UNFINISHED, 0);
  }

  @Override
  public void release() {
    Frame left = frame;
    frame = null;
    payload.close();
    if (left != null) {
      left.release();
    }
  }
}
