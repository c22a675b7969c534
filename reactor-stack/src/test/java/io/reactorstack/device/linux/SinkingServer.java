package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/** Accepts one connection of the kernel, acknowledges its data and checks the facts of each segment. */
final class SinkingServer {

  static final int MSS = 1400;

  /** The payload of the segments that arrived in order. */
  final ByteBuf data = Unpooled.buffer();
  final List<String> errors = new CopyOnWriteArrayList<>();
  volatile int longest;
  volatile int received;
  private final OffloadPeer host;
  private int firstSequence;

  SinkingServer(OffloadPeer host) {
    this.host = host;
  }

  /** Handles and releases a frame. */
  void accept(Frame frame) {
    try {
      SeenFrame seen = host.seen(frame.payload());
      TcpSegment segment = seen.ip() == null ? null : seen.tcp();
      if (segment != null && segment.has(TcpSegment.SYN)) {
        firstSequence = segment.seq() + 1;
        answer(segment, TcpSegment.SYN | TcpSegment.ACK, TcpOptions.NONE.withMss(MSS).withWindowScale(7));
      } else if (segment != null && segment.payloadLength() > 0) {
        check(Objects.requireNonNull(seen.ip()), frame, segment.payloadLength());
        accept(segment);
        answer(segment, TcpSegment.ACK, TcpOptions.NONE);
      }
    } finally {
      frame.release();
    }
  }

  private void accept(TcpSegment segment) {
    if (segment.seq() == firstSequence + received) {
      data.writeBytes(segment.payload().slice());
      longest = Math.max(longest, segment.payloadLength());
      received += segment.payloadLength();
    }
  }

  private void answer(TcpSegment segment, int flags, TcpOptions options) {
    host.send(host.tcp(segment.flow().localPort(), segment.flow().remotePort(), (flags & TcpSegment.SYN) == 0 ? 1 : 0,
        firstSequence + received, flags, options, 0, Unpooled.EMPTY_BUFFER, EthernetHeader.UNTAGGED));
  }

  private void check(IpHeaders ip, Frame frame, int payload) {
    PacketFacts facts = frame.facts();
    if (facts.checksum() != ChecksumState.UNFINISHED || facts.segmentSize() != (payload > MSS ? MSS : 0)
        || facts.ingressNanos() == 0) {
      errors.add(payload + " bytes with " + facts);
    }
    int octets = ip.totalLength() - ip.length();
    int at = frame.payload().writerIndex() - octets;
    int pseudoHeader = Checksum.fold(Checksum.pseudoHeader(ip.source(), ip.destination(), ip.protocol(), octets));
    if (frame.payload().getUnsignedShort(at + 16) != pseudoHeader) {
      errors.add("the checksum field is not the sum of the pseudo-header");
    }
  }
}
