package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.TcpSegment;
import java.util.function.Predicate;

/**
 * Predicates for kinds of Ethernet frames, which select the frames that an {@link Effect} is applied to:
 * {@code Effects.dropNth(3, Frames.data())}.
 *
 * <p>They parse a frame with the stack's own codecs and change nothing. A frame with damaged headers matches only
 * {@link #any}. Combine the predicates with {@link Predicate#and}, {@link Predicate#or} and {@link Predicate#negate}.
 */
public final class Frames {

  private static final int MAX_PORT = 65535;

  private Frames() {}

  /** All frames. */
  public static Predicate<Frame> any() {
    return frame -> true;
  }

  /** ARP packets. */
  public static Predicate<Frame> arp() {
    return frame -> FrameView.of(frame).type() == EtherType.ARP;
  }

  /** Packets of this IP protocol, such as 6 for TCP, 17 for UDP and 1 for ICMP. */
  public static Predicate<Frame> protocol(int number) {
    Checks.range("protocol", number, 0, 255, "(IP protocol number)");
    return frame -> FrameView.of(frame).protocol() == number;
  }

  /** TCP segments. */
  public static Predicate<Frame> tcp() {
    return frame -> FrameView.of(frame).tcpFlags() >= 0;
  }

  /** UDP datagrams. */
  public static Predicate<Frame> udp() {
    return protocol(IpProtocol.UDP);
  }

  /** ICMP messages. */
  public static Predicate<Frame> icmp() {
    return protocol(IpProtocol.ICMP);
  }

  /** TCP segments and UDP datagrams from or to this port. */
  public static Predicate<Frame> port(int number) {
    Checks.range("port", number, 0, MAX_PORT, "(port number)");
    return frame -> {
      FrameView view = FrameView.of(frame);
      return view.sourcePort() == number || view.destinationPort() == number;
    };
  }

  /** IP packets from this address. */
  public static Predicate<Frame> from(IpAddress address) {
    Checks.given("from address", address);
    return frame -> address.equals(FrameView.of(frame).source());
  }

  /** IP packets to this address. */
  public static Predicate<Frame> to(IpAddress address) {
    Checks.given("to address", address);
    return frame -> address.equals(FrameView.of(frame).destination());
  }

  /** The SYN of an active open, without ACK. */
  public static Predicate<Frame> syn() {
    return flags(TcpSegment.SYN | TcpSegment.ACK, TcpSegment.SYN);
  }

  /** The SYN-ACK that answers a SYN. */
  public static Predicate<Frame> synAck() {
    return flags(TcpSegment.SYN | TcpSegment.ACK, TcpSegment.SYN | TcpSegment.ACK);
  }

  /** TCP segments with FIN. */
  public static Predicate<Frame> fin() {
    return flags(TcpSegment.FIN, TcpSegment.FIN);
  }

  /** TCP segments with RST. */
  public static Predicate<Frame> rst() {
    return flags(TcpSegment.RST, TcpSegment.RST);
  }

  /** TCP segments with data. */
  public static Predicate<Frame> data() {
    return frame -> FrameView.of(frame).tcpBytes() > 0;
  }

  /** TCP segments that only acknowledge: no data, SYN, FIN or RST. */
  public static Predicate<Frame> pureAck() {
    return flags(TcpSegment.ACK | TcpSegment.SYN | TcpSegment.FIN | TcpSegment.RST, TcpSegment.ACK)
        .and(frame -> FrameView.of(frame).tcpBytes() == 0);
  }

  private static Predicate<Frame> flags(int mask, int value) {
    return frame -> {
      int flags = FrameView.of(frame).tcpFlags();
      return flags >= 0 && (flags & mask) == value;
    };
  }
}
