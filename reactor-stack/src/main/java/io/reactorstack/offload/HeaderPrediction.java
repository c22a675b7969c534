package io.reactorstack.offload;

import static io.reactorstack.offload.HeaderOffsets.IPV4_CHECKSUM;
import static io.reactorstack.offload.HeaderOffsets.IPV4_HEADER;
import static io.reactorstack.offload.HeaderOffsets.IPV4_IDENTIFICATION;
import static io.reactorstack.offload.HeaderOffsets.IPV4_LENGTH;
import static io.reactorstack.offload.HeaderOffsets.IPV6_HEADER;
import static io.reactorstack.offload.HeaderOffsets.IPV6_LENGTH;
import static io.reactorstack.offload.HeaderOffsets.TCP_CHECKSUM;
import static io.reactorstack.offload.HeaderOffsets.TCP_FLAGS;
import static io.reactorstack.offload.HeaderOffsets.TCP_FLAGS_WORD;
import static io.reactorstack.offload.HeaderOffsets.TCP_SEQUENCE;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;
import io.reactorstack.wire.FrameLayout;
import io.reactorstack.wire.TcpSegment;

/**
 * Recognizes the segments that may follow a TCP segment: all of their headers is equal but for the fields that advance.
 * These are the length and the identification of IP, the sequence number, the flags PSH and FIN, and the checksums.
 *
 * <p>The headers are compared in words of 64 bits. A frame that matches has the layout of the first one. The sums of the
 * fields that do not advance are computed once, so the headers of a frame that matches are verified by a few additions.
 */
final class HeaderPrediction {

  /** Ethernet with a VLAN tag, IPv6 and the longest TCP header. */
  private static final int LONGEST = 18 + 40 + 60;

  /** The words of the headers, and one more: the last eight octets, which may overlap the word before. */
  private final long[] expected = new long[LONGEST / Long.BYTES + 1];
  /** The bits of each word that do not advance. */
  private final long[] fixed = new long[expected.length];
  private int whole;
  private int length;
  private int ip;
  private int transport;
  private boolean isV4;
  private long ipSum;
  private long pseudoSum;
  private long transportSum;

  /** Expects what may follow {@code frame}, whose IP header has no options or extension headers. */
  void expectAfter(ByteBuf frame, FrameLayout layout) {
    length = layout.payload();
    ip = layout.ip();
    transport = layout.transport();
    isV4 = layout.isV4();
    whole = length / Long.BYTES;
    for (int i = 0; i <= whole; i++) {
      fixed[i] = -1;
    }
    if (isV4) {
      ignore(ip + IPV4_LENGTH, Short.BYTES);
      ignore(ip + IPV4_IDENTIFICATION, Short.BYTES);
      ignore(ip + IPV4_CHECKSUM, Short.BYTES);
    } else {
      ignore(ip + IPV6_LENGTH, Short.BYTES);
    }
    ignore(transport + TCP_SEQUENCE, Integer.BYTES);
    ignoreBits(transport + TCP_FLAGS, TcpSegment.PSH | TcpSegment.FIN);
    ignore(transport + TCP_CHECKSUM, Short.BYTES);
    int start = frame.readerIndex();
    for (int i = 0; i <= whole; i++) {
      expected[i] = frame.getLong(start + at(i)) & fixed[i];
    }
    sum(frame, layout);
  }

  private void ignore(int offset, int octets) {
    for (int i = offset; i < offset + octets; i++) {
      ignoreBits(i, 0xff);
    }
  }

  private void ignoreBits(int offset, int bits) {
    if (offset < whole * Long.BYTES) {
      fixed[offset / Long.BYTES] &= ~inWord(offset % Long.BYTES, bits);
    }
    int inLast = offset - at(whole);
    if (inLast >= 0) {
      fixed[whole] &= ~inWord(inLast, bits);
    }
  }

  private static long inWord(int octet, int bits) {
    return (long) bits << Byte.SIZE * (Long.BYTES - 1 - octet);
  }

  /** The offset of the word with the number {@code i}. */
  private int at(int i) {
    return i < whole ? i * Long.BYTES : length - Long.BYTES;
  }

  /** Computes the sums without the fields that advance. */
  private void sum(ByteBuf frame, FrameLayout layout) {
    if (isV4) {
      ipSum = Checksum.sum(frame, frame.readerIndex() + ip, IPV4_HEADER)
          + Checksum.change(packetLength(frame), 0)
          + Checksum.change(identification(frame), 0)
          + Checksum.change(unsignedShort(frame, ip + IPV4_CHECKSUM), 0);
    }
    pseudoSum = FrameChecksum.pseudoHeader(frame, layout) + Checksum.change(layout.end() - transport, 0);
    int seq = sequence(frame);
    transportSum = Checksum.sum(frame, frame.readerIndex() + transport, length - transport)
        + Checksum.change(seq >>> 16, 0)
        + Checksum.change(seq & 0xffff, 0)
        + Checksum.change(unsignedShort(frame, transport + TCP_FLAGS_WORD), 0)
        + Checksum.change(unsignedShort(frame, transport + TCP_CHECKSUM), 0);
  }

  /** Returns whether the headers of {@code frame} are the expected ones; the fields that advance are not looked at. */
  boolean matches(ByteBuf frame) {
    if (frame.readableBytes() < length) {
      return false;
    }
    int start = frame.readerIndex();
    // The numbers of TCP differ between flows, and they are near the end.
    for (int i = whole; i >= 0; i--) {
      if ((frame.getLong(start + at(i)) & fixed[i]) != expected[i]) {
        return false;
      }
    }
    return true;
  }

  // ---- the fields that advance, of a frame that matches

  /** The offset behind the last octet of the packet in {@code frame}, by its IP header. */
  int end(ByteBuf frame) {
    return ip + packetLength(frame);
  }

  private int packetLength(ByteBuf frame) {
    return isV4
        ? unsignedShort(frame, ip + IPV4_LENGTH)
        : IPV6_HEADER + unsignedShort(frame, ip + IPV6_LENGTH);
  }

  /** The identification of an IPv4 packet. */
  int identification(ByteBuf frame) {
    return unsignedShort(frame, ip + IPV4_IDENTIFICATION);
  }

  /** The sequence number. */
  int sequence(ByteBuf frame) {
    return frame.getInt(frame.readerIndex() + transport + TCP_SEQUENCE);
  }

  /** PSH and FIN, if they are set. */
  int lastFlags(ByteBuf frame) {
    return unsignedShort(frame, transport + TCP_FLAGS_WORD) & (TcpSegment.PSH | TcpSegment.FIN);
  }

  // ---- checksums

  /** Returns whether the checksum of the IP header is correct; IPv6 has none. */
  boolean verifiesIp(ByteBuf frame) {
    return !isV4 || Checksum.verifies(ipSum + packetLength(frame) + identification(frame)
        + unsignedShort(frame, ip + IPV4_CHECKSUM));
  }

  /** Returns whether the checksum of a segment is correct whose payload of {@code octets} has the given sum. */
  boolean verifies(ByteBuf frame, int octets, long payloadSum) {
    int seq = sequence(frame);
    return Checksum.verifies(pseudoSum + length - transport + octets + transportSum
        + (seq >>> 16) + (seq & 0xffff)
        + unsignedShort(frame, transport + TCP_FLAGS_WORD)
        + unsignedShort(frame, transport + TCP_CHECKSUM)
        + payloadSum);
  }

  /** Sets length, IP checksum and unfinished TCP checksum of {@code frame}, which has the headers of the first one. */
  void complete(ByteBuf frame, int octets) {
    int start = frame.readerIndex();
    int segment = length - transport + octets;
    int packet = transport - ip + segment;
    if (isV4) {
      frame.setShort(start + ip + IPV4_LENGTH, packet);
      frame.setShort(start + ip + IPV4_CHECKSUM, Checksum.finish(ipSum + packet + identification(frame)));
    } else {
      frame.setShort(start + ip + IPV6_LENGTH, packet - IPV6_HEADER);
    }
    frame.setShort(start + transport + TCP_CHECKSUM, Checksum.fold(pseudoSum + segment));
  }

  private static int unsignedShort(ByteBuf frame, int offset) {
    return frame.getUnsignedShort(frame.readerIndex() + offset);
  }
}
