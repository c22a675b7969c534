package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.MacAddress;

/** Completes TCP handshakes and acknowledges nothing after them: enough to make the peer send its first window. */
final class HandshakeResponder {

  private static final int SYN = 0x02;
  private static final int SYN_ACK = 0x12;

  private HandshakeResponder() {}

  /** The SYN-ACK for a frame with a SYN over IPv4 without options, or {@code null}. */
  static ByteBuf answer(ByteBuf syn, MacAddress ours) {
    int at = syn.readerIndex();
    if (syn.readableBytes() < 54 || syn.getUnsignedShort(at + 12) != 0x0800 || syn.getByte(at + 23) != 6
        || (syn.getByte(at + 47) & 0x3f) != SYN) {
      return null;
    }
    ByteBuf answer = Unpooled.directBuffer(58, 58).writeZero(58);
    MacAddress.get(syn, at + 6).set(answer, 0);
    ours.set(answer, 6);
    answer.setShort(12, 0x0800);
    answer.setByte(14, 0x45);
    answer.setShort(16, 44);
    answer.setByte(22, 64);
    answer.setByte(23, 6);
    answer.setInt(26, syn.getInt(at + 30));
    answer.setInt(30, syn.getInt(at + 26));
    answer.setShort(24, Checksum.finish(Checksum.sum(answer, 14, 20)));
    answer.setShort(34, syn.getUnsignedShort(at + 36));
    answer.setShort(36, syn.getUnsignedShort(at + 34));
    answer.setInt(38, 1);
    answer.setInt(42, syn.getInt(at + 38) + 1);
    answer.setByte(46, 0x60);
    answer.setByte(47, SYN_ACK);
    answer.setShort(48, 0xffff);
    answer.setInt(54, 0x020405b4);
    answer.setShort(50, Checksum.finish(Checksum.sum(answer, 26, 8) + 6 + 24 + Checksum.sum(answer, 34, 24)));
    return answer;
  }
}
