package io.reactorstack.tcp.segment;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.packet.SequenceNumber;

/**
 * A TCP segment (RFC 9293 section 3.1), received or to be sent.
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

  /** Whether any of the bits of {@code mask} is set. */
  public boolean has(int mask) {
    return (flags & mask) != 0;
  }

  /** SEG.LEN: the payload's octets, and one each for SYN and FIN. */
  public int length() {
    return payload.readableBytes() + (flags & SYN) / SYN + (flags & FIN);
  }

  /** The sequence number after the segment's last octet. */
  public int end() {
    return seq + length();
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
    return text.append(" win ").append(window).append(" len ").append(payload.readableBytes()).toString();
  }
}
