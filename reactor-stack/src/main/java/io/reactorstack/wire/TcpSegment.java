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
 * <p>A segment has three lengths: {@link #headerLength} and {@link #payloadLength} count octets,
 * {@link #sequenceLength} counts sequence numbers.
 *
 * <p>Neither {@link #parse} nor {@link #write} copies data. The payload of a parsed segment is the packet's buffer with
 * its reader index moved behind the header; {@link #write} puts the header into the payload's headroom.
 *
 * @param flow the connection, always from the view of this host, whether the segment was received or is to be sent
 * @param seq the sequence number of the first octet, or of the SYN
 * @param ack the acknowledgement number, meaningful with {@link #ACK}
 * @param flags the control bits, {@link #CWR} to {@link #FIN}
 * @param window the unscaled window field, 0 to 65535
 * @param urgentPointer the urgent pointer field: the offset of the end of the urgent data from {@code seq}; meaningful
 *     with {@link #URG}
 * @param options the options
 * @param ecn the ECN bits of the IP header, 0 to 3 (RFC 3168)
 * @param payload the data; empty without data, never {@code null}. The payload of a segment to be sent has headroom
 * @param facts the device's metadata
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

  /** The length of a header without options, in octets. */
  public static final int MINIMUM = 20;

  private static final int ACKNOWLEDGMENT = 8;
  private static final int CHECKSUM = 16;
  private static final long WORD = 0xffff_ffffL;

  /** FIN: no more data from the sender. */
  public static final int FIN = 0x01;

  /** SYN: synchronize sequence numbers. */
  public static final int SYN = 0x02;

  /** RST: reset the connection. */
  public static final int RST = 0x04;

  /** PSH: push function. */
  public static final int PSH = 0x08;

  /** ACK: the acknowledgement field is significant. */
  public static final int ACK = 0x10;

  /** URG: the urgent pointer field is significant. */
  public static final int URG = 0x20;

  /** ECE: ECN echo (RFC 3168). */
  public static final int ECE = 0x40;

  /** CWR: congestion window reduced (RFC 3168). */
  public static final int CWR = 0x80;

  /**
   * Parses the segment in the readable bytes and verifies its checksum, unless the device has done so.
   *
   * <p>Buffer ownership: the segment takes {@code bytes} over. If the result is {@code null}, the buffer remains the
   * caller's, and its indices do not move.
   *
   * @param carrier the packet that carries the segment; it was received, so its destination is this host
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable TcpSegment parse(ByteBuf bytes, EnclosingPacket carrier, Rejections rejections) {
    int start = bytes.readerIndex();
    int octets = bytes.readableBytes();
    if (octets < MINIMUM) {
      rejections.count(TcpDefect.TOO_SHORT);
      return null;
    }
    // Each access of a buffer is checked, so few wide ones read the header.
    long second = bytes.getLong(start + ACKNOWLEDGMENT);
    int word = (int) (second >>> 16) & 0xffff;
    // The four reserved bits between data offset and flags are ignored (RFC 9293 3.1).
    int header = word >>> 12 << 2;
    if (header < MINIMUM || header > octets) {
      rejections.count(TcpDefect.BAD_DATA_OFFSET);
      return null;
    }
    if (carrier.facts().checksum() == ChecksumState.IN_PACKET && !verifies(bytes, carrier)) {
      rejections.count(TcpDefect.BAD_CHECKSUM);
      return null;
    }
    long first = bytes.getLong(start);
    int ports = (int) (first >>> Integer.SIZE);
    TcpSegment segment = new TcpSegment(
        new FourTuple(carrier.destination(), ports & 0xffff, carrier.source(), ports >>> 16),
        (int) first,
        (int) (second >>> Integer.SIZE),
        word & 0xff,
        (int) second & 0xffff,
        bytes.getUnsignedShort(start + CHECKSUM + 2),
        TcpOptionCodec.parse(bytes, start + MINIMUM, start + header),
        carrier.ecn(),
        bytes,
        carrier.facts());
    bytes.skipBytes(header);
    return segment;
  }

  private static boolean verifies(ByteBuf bytes, EnclosingPacket carrier) {
    int octets = bytes.readableBytes();
    long pseudoHeader = Checksum.pseudoHeader(carrier.source(), carrier.destination(), IpProtocol.TCP, octets);
    return Checksum.verifies(pseudoHeader + Checksum.sum(bytes, bytes.readerIndex(), octets));
  }

  /**
   * Writes the header in front of the data in the readable bytes, usually {@link #payload}. The checksum field gets the
   * checksum, or the pseudo-header's sum if the facts state that the device completes it.
   *
   * @throws IndexOutOfBoundsException if the headroom is too short
   */
  public void write(ByteBuf bytes) {
    int header = headerLength();
    int start = Headroom.prepend(bytes, header);
    int octets = bytes.readableBytes();
    long pseudoHeader = Checksum.pseudoHeader(flow.localAddress(), flow.remoteAddress(), IpProtocol.TCP, octets);
    boolean unfinished = facts.checksum() == ChecksumState.UNFINISHED;
    int ports = flow.localPort() << 16 | flow.remotePort();
    int offsetAndWindow = header >>> 2 << 28 | flags << 16 | window;
    bytes.setLong(start, (long) ports << Integer.SIZE | seq & WORD);
    bytes.setLong(start + ACKNOWLEDGMENT, (long) ack << Integer.SIZE | offsetAndWindow & WORD);
    bytes.setInt(start + CHECKSUM, (unfinished ? Checksum.fold(pseudoHeader) << 16 : 0) | urgentPointer);
    TcpOptionCodec.encode(options, bytes, start + MINIMUM);
    if (!unfinished) {
      bytes.setShort(start + CHECKSUM, Checksum.finish(pseudoHeader + Checksum.sum(bytes, start, octets)));
    }
  }

  /** The length of the header with its options, as {@link #write} writes it: 20 to 60 octets. */
  public int headerLength() {
    return MINIMUM + TcpOptionCodec.length(options);
  }

  /** Returns whether any of the bits of {@code mask} is set. */
  public boolean has(int mask) {
    return (flags & mask) != 0;
  }

  /** The length of {@link #payload}, in octets. */
  public int payloadLength() {
    return payload.readableBytes();
  }

  /** The number of segments on the wire: 1, or those into which a device cuts this one or from which it was merged. */
  public int count() {
    int size = facts.segmentSize();
    return size == 0 ? 1 : Math.max(1, Math.ceilDiv(payload.readableBytes(), size));
  }

  /**
   * The number of sequence numbers that the segment occupies, SEG.LEN of RFC 9293: one for each octet of the payload,
   * for SYN and for FIN.
   */
  public int sequenceLength() {
    return payload.readableBytes() + (flags & SYN) / SYN + (flags & FIN);
  }

  /** The sequence number after the last one that the segment occupies. */
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
