package io.reactorstack.offload;

import static io.reactorstack.offload.HeaderOffsets.IPV4_ADDRESSES;
import static io.reactorstack.offload.HeaderOffsets.IPV4_ADDRESSES_LENGTH;
import static io.reactorstack.offload.HeaderOffsets.IPV6_ADDRESSES;
import static io.reactorstack.offload.HeaderOffsets.IPV6_ADDRESSES_LENGTH;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.wire.FrameLayout;
import io.reactorstack.wire.TransportChecksum;

/** Writes and verifies the transport checksum of a frame in place, by the layout of its headers. */
public final class FrameChecksum {

  private FrameChecksum() {}

  /** Completes the checksum of the TCP segment or UDP datagram in {@code frame}. */
  static void complete(ByteBuf frame, FrameLayout layout) {
    TransportChecksum.complete(frame, frame.readerIndex() + layout.transport(), frame.readerIndex() + layout.end(),
        layout.protocol(), layout.isV4(), pseudoHeader(frame, layout));
  }

  /** Writes the sum of the pseudo-header into the checksum field, as a device expects that completes the checksum. */
  public static void leaveUnfinished(ByteBuf bytes, FrameLayout layout) {
    TransportChecksum.leaveUnfinished(bytes, bytes.readerIndex() + layout.transport(), layout.protocol(),
        layout.isV4(), pseudoHeader(bytes, layout));
  }

  /** Returns the super-frame {@code frame} with an unfinished checksum, as a device expects that cuts it. */
  static Frame leaveUnfinished(Frame frame, FrameLayout layout) {
    PacketFacts facts = frame.facts();
    if (facts.checksum() == ChecksumState.UNFINISHED) {
      return frame;
    }
    ByteBuf bytes = frame.payload();
    leaveUnfinished(bytes, layout);
    return new Frame(bytes, new PacketFacts(facts.ingressNanos(), ChecksumState.UNFINISHED, facts.segmentSize()));
  }

  /** Returns whether the checksum of the TCP segment or UDP datagram in {@code frame} is correct. */
  static boolean verifies(ByteBuf frame, FrameLayout layout) {
    long sum = pseudoHeader(frame, layout)
        + Checksum.sum(frame, frame.readerIndex() + layout.transport(), layout.end() - layout.transport());
    return Checksum.verifies(sum);
  }

  /** Returns the unfolded sum of the pseudo-header. */
  static long pseudoHeader(ByteBuf frame, FrameLayout layout) {
    int ip = frame.readerIndex() + layout.ip();
    long addresses = layout.isV4()
        ? Checksum.sum(frame, ip + IPV4_ADDRESSES, IPV4_ADDRESSES_LENGTH)
        : Checksum.sum(frame, ip + IPV6_ADDRESSES, IPV6_ADDRESSES_LENGTH);
    return addresses + layout.protocol() + layout.end() - layout.transport();
  }
}
