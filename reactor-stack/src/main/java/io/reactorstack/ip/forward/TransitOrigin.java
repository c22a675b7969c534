package io.reactorstack.ip.forward;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.ip.input.InboundSegments;
import io.reactorstack.ip.input.PacketError;
import io.reactorstack.ip.input.PacketError.Problem;
import io.reactorstack.ip.input.PacketErrorListener;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Originator;
import io.reactorstack.layer.Rejection;
import org.jspecify.annotations.Nullable;

/** Reports a forwarded packet that could not leave, for example because its next hop is silent, to its sender. */
final class TransitOrigin implements Originator {

  /** The octets quoted behind the header of a translated packet: a TCP header with its options. */
  private static final int QUOTED = 60;

  private final InboundPacket received;
  private final ByteBuf copy;
  private final int payloadIndex;
  private final byte @Nullable [] beginning;
  private final LoopTurn turn;
  private final PacketErrorListener errors;

  /**
   * Creates the originator of a packet.
   *
   * @param received the packet as it arrived; its buffer is not used
   * @param copy the copy that is sent; its reader index is at the IP header
   * @param beginning what is quoted if the copy has other addresses than the packet, else {@code null}
   */
  TransitOrigin(InboundPacket received, ByteBuf copy, byte @Nullable [] beginning, LoopTurn turn,
      PacketErrorListener errors) {
    this.received = received;
    this.copy = copy;
    this.beginning = beginning;
    this.payloadIndex = copy.readerIndex() + received.headerLength();
    this.turn = turn;
    this.errors = errors;
  }

  /** Returns what is quoted of {@code packet}: its header and the octets that an error needs (RFC 792). */
  static byte[] beginningOf(InboundPacket packet) {
    return InboundSegments.ofFirst(packet, TransitOrigin::beginningOfOne);
  }

  private static byte[] beginningOfOne(InboundPacket packet) {
    ByteBuf bytes = packet.payload();
    int length = packet.headerLength() + Math.min(QUOTED, bytes.readableBytes());
    return ByteBufUtil.getBytes(bytes, bytes.readerIndex() - packet.headerLength(), length);
  }

  @Override
  public void onRejected(Rejection rejection) {
    Problem problem = switch (rejection.why()) {
      case NEXT_HOP_UNREACHABLE -> Problem.NEXT_HOP_UNREACHABLE;
      case NO_ROUTE -> Problem.NO_ROUTE;
      case TOO_BIG -> Problem.PACKET_TOO_BIG;
      case INVALID -> null;
    };
    if (problem != null) {
      // The hop limit in the quote is the decremented one, which RFC 1812 section 4.3.2.3 permits.
      ByteBuf quoted = beginning == null
          ? copy.retainedDuplicate().setIndex(payloadIndex, copy.writerIndex())
          : Unpooled.wrappedBuffer(beginning).readerIndex(received.headerLength());
      turn.dirty(() -> report(quoted, problem, rejection.mtu()));
    }
  }

  private void report(ByteBuf quoted, Problem problem, int mtu) {
    try {
      errors.complain(new PacketError(received.withPayload(quoted), problem, mtu));
    } finally {
      quoted.release();
    }
  }
}
