package io.reactorstack.offload;

import static io.reactorstack.offload.HeaderOffsets.IPV4_ADDRESSES;
import static io.reactorstack.offload.HeaderOffsets.IPV4_ADDRESSES_LENGTH;
import static io.reactorstack.offload.HeaderOffsets.IPV4_CHECKSUM;
import static io.reactorstack.offload.HeaderOffsets.IPV4_IDENTIFICATION;
import static io.reactorstack.offload.HeaderOffsets.IPV4_LENGTH;
import static io.reactorstack.offload.HeaderOffsets.IPV6_ADDRESSES;
import static io.reactorstack.offload.HeaderOffsets.IPV6_ADDRESSES_LENGTH;
import static io.reactorstack.offload.HeaderOffsets.IPV6_HEADER;
import static io.reactorstack.offload.HeaderOffsets.IPV6_LENGTH;
import static io.reactorstack.offload.HeaderOffsets.TCP_CHECKSUM;
import static io.reactorstack.offload.HeaderOffsets.TCP_FLAGS_WORD;
import static io.reactorstack.offload.HeaderOffsets.TCP_SEQUENCE;
import static io.reactorstack.offload.HeaderOffsets.UDP_CHECKSUM;
import static io.reactorstack.offload.HeaderOffsets.UDP_LENGTH;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;
import io.reactorstack.wire.FrameLayout;
import io.reactorstack.wire.TcpSegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The headers of a super-frame, from which the headers of each of its segments are made: with the segment's length,
 * identification, sequence number, flags and checksums.
 *
 * <p>The sums of the fields that all segments share are computed once for each super-frame.
 */
final class HeaderTemplate {

  private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  /** Ethernet with a VLAN tag, IPv6 and the longest TCP header; longer headers make the array grow. */
  private static final int USUAL = 18 + 40 + 60;

  private byte[] bytes = new byte[USUAL];
  private int length;
  private boolean isV4;
  private boolean isTcp;
  /** True for a datagram of IPv4 without a checksum. */
  private boolean isUnsummed;
  private int ip;
  private int transport;
  private int identification;
  private int sequence;
  private int flagsWord;
  /** The sum of the IPv4 header without length, identification and checksum. */
  private long ipSum;
  /** The sum of the pseudo-header without its length. */
  private long pseudoSum;
  /** The sum of the transport header without the fields that differ between segments. */
  private long transportSum;

  /** Reads the headers of {@code frame}, whose places are given by {@code layout}. */
  void read(ByteBuf frame, FrameLayout layout) {
    length = layout.payload();
    if (length > bytes.length) {
      bytes = new byte[length];
    }
    frame.getBytes(frame.readerIndex(), bytes, 0, length);
    isV4 = layout.isV4();
    isTcp = layout.isTcp();
    ip = layout.ip();
    transport = layout.transport();
    readIp();
    pseudoSum += layout.protocol();
    readTransport();
  }

  private void readIp() {
    if (isV4) {
      identification = getShort(ip + IPV4_IDENTIFICATION);
      putShort(ip + IPV4_LENGTH, 0);
      putShort(ip + IPV4_IDENTIFICATION, 0);
      putShort(ip + IPV4_CHECKSUM, 0);
      ipSum = sum(ip, transport - ip);
      pseudoSum = sum(ip + IPV4_ADDRESSES, IPV4_ADDRESSES_LENGTH);
    } else {
      pseudoSum = sum(ip + IPV6_ADDRESSES, IPV6_ADDRESSES_LENGTH);
    }
  }

  private void readTransport() {
    if (isTcp) {
      sequence = getInt(transport + TCP_SEQUENCE);
      flagsWord = getShort(transport + TCP_FLAGS_WORD);
      putInt(transport + TCP_SEQUENCE, 0);
      putShort(transport + TCP_FLAGS_WORD, 0);
      putShort(transport + TCP_CHECKSUM, 0);
      isUnsummed = false;
    } else {
      isUnsummed = isV4 && getShort(transport + UDP_CHECKSUM) == 0;
      putShort(transport + UDP_LENGTH, 0);
      putShort(transport + UDP_CHECKSUM, 0);
    }
    transportSum = sum(transport, length - transport);
  }

  /** The length of all headers, in octets. */
  int length() {
    return length;
  }

  /**
   * Writes the headers of the segment whose payload begins at {@code offset} in that of the super-frame.
   *
   * @param to the buffer, big-endian
   * @param at the index of the first octet in {@code to}
   * @param number the number of segments of the MTU's size before this one
   * @param offset the offset in octets
   * @param size the octets of payload
   * @param isLast true for the last segment
   */
  void write(ByteBuffer to, int at, int number, int offset, int size, boolean isLast) {
    to.put(at, bytes, 0, length);
    int packetLength = length - ip + size;
    if (isV4) {
      int id = identification + number & 0xffff;
      to.putInt(at + ip + IPV4_LENGTH, packetLength << 16 | id);
      to.putShort(at + ip + IPV4_CHECKSUM, (short) Checksum.finish(ipSum + packetLength + id));
    } else {
      to.putShort(at + ip + IPV6_LENGTH, (short) (packetLength - IPV6_HEADER));
    }
    if (isTcp) {
      to.putInt(at + transport + TCP_SEQUENCE, sequence + offset);
      to.putShort(at + transport + TCP_FLAGS_WORD, (short) flagsWord(offset == 0, isLast));
    } else {
      to.putShort(at + transport + UDP_LENGTH, (short) (length - transport + size));
    }
  }

  /** Writes the transport checksum of a segment that {@link #write} has written, from the sum of its payload. */
  void complete(ByteBuffer to, int at, int offset, int size, boolean isLast, long payloadSum) {
    if (isUnsummed) {
      return;
    }
    int octets = length - transport + size;
    long sum = pseudoSum + octets + transportSum + payloadSum;
    if (isTcp) {
      int seq = sequence + offset;
      sum += (seq >>> 16) + (seq & 0xffff) + flagsWord(offset == 0, isLast);
      to.putShort(at + transport + TCP_CHECKSUM, (short) Checksum.finish(sum));
    } else {
      int checksum = Checksum.finish(sum + octets);
      // RFC 768: zero means that there is no checksum.
      to.putShort(at + transport + UDP_CHECKSUM, (short) (checksum == 0 ? 0xffff : checksum));
    }
  }

  /** Writes the sum of the pseudo-header into the checksum field: the device completes the checksum. */
  void leaveUnfinished(ByteBuffer to, int at, int size) {
    if (!isUnsummed) {
      int field = isTcp ? TCP_CHECKSUM : UDP_CHECKSUM;
      to.putShort(at + transport + field, (short) Checksum.fold(pseudoSum + length - transport + size));
    }
  }

  /** CWR answers one ECE, so only the first segment has it (RFC 3168 section 6.1.2); PSH and FIN follow the data. */
  private int flagsWord(boolean isFirst, boolean isLast) {
    int word = flagsWord;
    if (!isFirst) {
      word &= ~TcpSegment.CWR;
    }
    return isLast ? word : word & ~(TcpSegment.FIN | TcpSegment.PSH);
  }

  private long sum(int from, int octets) {
    long sum = 0;
    int at = from;
    for (; at + 1 < from + octets; at += 2) {
      sum += getShort(at);
    }
    return sum;
  }

  private int getShort(int at) {
    return (short) SHORT.get(bytes, at) & 0xffff;
  }

  private int getInt(int at) {
    return (int) INT.get(bytes, at);
  }

  private void putShort(int at, int value) {
    SHORT.set(bytes, at, (short) value);
  }

  private void putInt(int at, int value) {
    INT.set(bytes, at, value);
  }
}
