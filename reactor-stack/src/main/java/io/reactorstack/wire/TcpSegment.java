package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.packet.Pdu;
import io.reactorstack.packet.Rejections;
import io.reactorstack.packet.SequenceNumber;
import org.jspecify.annotations.Nullable;

/**
 * A TCP segment (RFC 9293 section 3.1), received or to be sent.
 *
 * <p>A segment has three lengths: {@link #headerLength} and {@link #payloadLength} count octets, {@link #sequenceLength} counts
 * sequence numbers.
 *
 * <p>Neither way copies data: the payload of a parsed segment is the packet's buffer with its reader index moved behind the
 * header, and {@link #write} puts the header into the payload's headroom.
 *
 * @param flow the connection, always seen from this host, whichever way the segment travels
 * @param seq sequence number of the first octet, or of the SYN
 * @param ack acknowledgement number, meaningful with {@link #ACK}
 * @param flags the control bits, {@link #CWR} to {@link #FIN}
 * @param window the window field as it stands on the wire, unscaled, 0 to 65535
 * @param urgentPointer offset of the urgent data's end, meaningful with {@link #URG}
 * @param options the options
 * @param ecn the ECN bits of the IP header, 0 to 3 (RFC 3168)
 * @param payload the data; empty, never absent. To be sent it has headroom
 * @param facts what the device knows
 */
public record TcpSegment(
    FourTuple flow,
    int seq,
    int ack,
    int flags,
    int window,
    int urgentPointer,
    TcpOptions options,
    int ecn,
    ByteBuf payload,
    PacketFacts facts)
    implements
      Pdu {

  /** Octets of a header without options. */
  public static final int MINIMUM = 20;

  private static final int CHECKSUM = 16;

  /** No more data from the sender. */
  public static final int FIN = 0x01;

  /** Synchronize sequence numbers. */
  public static final int SYN = 0x02;

  /** Reset the connection. */
  public static final int RST = 0x04;

  /** Push function. */
  public static final int PSH = 0x08;

  /** The acknowledgement field is significant. */
  public static final int ACK = 0x10;

  /** The urgent pointer field is significant. */
  public static final int URG = 0x20;

  /** ECN echo (RFC 3168). */
  public static final int ECE = 0x40;

  /** Congestion window reduced (RFC 3168). */
  public static final int CWR = 0x80;

  /**
   * The segment between {@code bytes}' indices. It takes the buffer over; if there is none, the buffer stays the caller's, with
   * its indices as they were.
   *
   * @param carrier the packet that carries it; from a peer, so that its destination is this host
   * @param rejections told once why, if the result is {@code null}
   */
  public static @Nullable TcpSegment parse(ByteBuf bytes, Carrier carrier, Rejections rejections) {
    int start = bytes.readerIndex();
    int octets = bytes.readableBytes();
    if (octets < MINIMUM) {
      rejections.count(TcpDefect.TOO_SHORT);
      return null;
    }
    int word = bytes.getUnsignedShort(start + 12);
    // The four reserved bits between the two fields are ignored (RFC 9293 3.1).
    int header = word >>> 12 << 2;
    if (header < MINIMUM || header > octets) {
      rejections.count(TcpDefect.BAD_DATA_OFFSET);
      return null;
    }
    if (carrier.facts().checksum() == ChecksumState.IN_PACKET && !verifies(bytes, carrier)) {
      rejections.count(TcpDefect.BAD_CHECKSUM);
      return null;
    }
    int ports = bytes.getInt(start);
    TcpSegment segment = new TcpSegment(
        new FourTuple(carrier.destination(), ports & 0xffff, carrier.source(), ports >>> 16),
        bytes.getInt(start + 4),
        bytes.getInt(start + 8),
        word & 0xff,
        bytes.getUnsignedShort(start + 14),
        bytes.getUnsignedShort(start + 18),
        TcpOptionCodec.parse(bytes, start + MINIMUM, start + header),
        carrier.ecn(),
        bytes,
        carrier.facts());
    bytes.skipBytes(header);
    return segment;
  }

  private static boolean verifies(ByteBuf bytes, Carrier carrier) {
    int octets = bytes.readableBytes();
    long pseudoHeader = Checksum.pseudoHeader(carrier.source(), carrier.destination(), IpProtocol.TCP, octets);
    return Checksum.verifies(pseudoHeader + Checksum.sum(bytes, bytes.readerIndex(), octets));
  }

  /**
   * Puts the header in front of the data that {@code bytes} holds, mostly {@link #payload}; with the checksum, or with the
   * pseudo-header's sum in its place where the facts say that the device completes it.
   *
   * @throws IndexOutOfBoundsException if there is no headroom
   */
  public void write(ByteBuf bytes) {
    int header = headerLength();
    int start = Headroom.prepend(bytes, header);
    bytes.setInt(start, flow.localPort() << 16 | flow.remotePort());
    bytes.setInt(start + 4, seq);
    bytes.setInt(start + 8, ack);
    bytes.setInt(start + 12, header >>> 2 << 28 | flags << 16 | window);
    bytes.setInt(start + CHECKSUM, urgentPointer);
    TcpOptionCodec.encode(options, bytes, start + MINIMUM);
    int octets = bytes.readableBytes();
    long pseudoHeader = Checksum.pseudoHeader(flow.localAddress(), flow.remoteAddress(), IpProtocol.TCP, octets);
    int checksum = facts.checksum() == ChecksumState.DEVICE_COMPLETES
        ? Checksum.fold(pseudoHeader)
        : Checksum.finish(pseudoHeader + Checksum.sum(bytes, start, octets));
    bytes.setShort(start + CHECKSUM, checksum);
  }

  /** Octets of the header with its options, 20 to 60: what {@link #write} writes. */
  public int headerLength() {
    return MINIMUM + TcpOptionCodec.length(options);
  }

  /** Whether any of the bits of {@code mask} is set. */
  public boolean has(int mask) {
    return (flags & mask) != 0;
  }

  /** Octets of {@link #payload}. */
  public int payloadLength() {
    return payload.readableBytes();
  }

  /** Sequence numbers that the segment uses, SEG.LEN of RFC 9293: one for each octet of the payload, for SYN and for FIN. */
  public int sequenceLength() {
    return payload.readableBytes() + (flags & SYN) / SYN + (flags & FIN);
  }

  /** The sequence number after the last one that the segment uses. */
  public int end() {
    return seq + sequenceLength();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(64).append(flow).append(' ');
    String names = "FSRPAUEC";
    for (int bit = 0; bit < names.length(); bit++) {
      if (has(1 << bit)) {
        text.append(names.charAt(bit));
      }
    }
    text.append(" seq ").append(SequenceNumber.text(seq));
    if (has(ACK)) {
      text.append(" ack ").append(SequenceNumber.text(ack));
    }
    text.append(" win ").append(window).append(" len ").append(payloadLength());
    if (!options.equals(TcpOptions.NONE)) {
      text.append(" <").append(options).append('>');
    }
    return text.toString();
  }
}
