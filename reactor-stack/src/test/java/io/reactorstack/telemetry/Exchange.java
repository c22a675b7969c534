package io.reactorstack.telemetry;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.wire.ArpPacket;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import io.reactorstack.wire.UdpHeader;
import java.nio.charset.StandardCharsets;

/** Hand-made frames that are shown to an observer located at the client. */
final class Exchange {

  static final Ipv4Address CLIENT = Ipv4Address.parse("10.0.0.1");
  static final Ipv4Address SERVER = Ipv4Address.parse("10.0.0.2");
  static final int CLIENT_ISN = 0xffff_fff0;
  static final int SERVER_ISN = 5_000_000;

  private final FrameObserver observer;
  private long nanos = 7_000_000_000L;

  Exchange(FrameObserver observer) {
    this.observer = observer;
  }

  Exchange after(double millis) {
    nanos += Math.round(millis * 1e6);
    return this;
  }

  static MacAddress mac(Ipv4Address address) {
    return new MacAddress(0x0200_0000_0000L | address.bits() & 0xff);
  }

  /** Shows the frame to the observer and releases it. */
  void show(Ipv4Address from, MacAddress to, int type, ByteBuf payload) {
    int start = Headroom.prepend(payload, 14);
    to.set(payload, start);
    mac(from).set(payload, start + 6);
    payload.setShort(start + 12, type);
    show(from, payload);
  }

  void show(Ipv4Address from, ByteBuf frame) {
    int reader = frame.readerIndex();
    int writer = frame.writerIndex();
    observer.onFrame(
        from.equals(CLIENT) ? Direction.SENT : Direction.RECEIVED, new Frame(frame, PacketFacts.LOCAL), nanos);
    if (frame.readerIndex() != reader || frame.writerIndex() != writer || frame.refCnt() != 1) {
      throw new AssertionError("an observer must not change the frame");
    }
    frame.release();
  }

  static ByteBuf buffer() {
    return Headroom.allocate(UnpooledByteBufAllocator.DEFAULT, 2000);
  }

  Exchange arp(Ipv4Address from, MacAddress to, int operation, Ipv4Address sender, Ipv4Address target) {
    ByteBuf bytes = buffer();
    new ArpPacket(operation, mac(from), sender, ArpPacket.UNKNOWN, target).write(bytes);
    show(from, to, 0x0806, bytes);
    return this;
  }

  Exchange ip(Ipv4Address from, Ipv4Address to, int protocol, ByteBuf payload) {
    new Ipv4Header(20, 0, 20 + payload.readableBytes(), 0, true, false, 0, 64, protocol, from, to).write(payload);
    show(from, to.isLimitedBroadcast() ? MacAddress.BROADCAST : mac(to), 0x0800, payload);
    return this;
  }

  Exchange icmp(Ipv4Address from, Ipv4Address to, int type, int code, int rest, ByteBuf data) {
    new Icmpv4Header(type, code, rest).write(data);
    return ip(from, to, IpProtocol.ICMP, data);
  }

  Exchange udp(Ipv4Address from, int fromPort, Ipv4Address to, int toPort, String data) {
    ByteBuf bytes = buffer().writeBytes(data.getBytes(StandardCharsets.US_ASCII));
    new UdpHeader(fromPort, toPort, UdpHeader.LENGTH + bytes.readableBytes()).write(bytes, from, to);
    return ip(from, to, IpProtocol.UDP, bytes);
  }

  /** A segment of the client with numbers relative to its SYN. */
  Exchange client(int flags, long seq, long ack, int window, Object data) {
    return tcp(CLIENT, flags, CLIENT_ISN + (int) seq, SERVER_ISN + (int) ack, window, TcpOptions.NONE, data);
  }

  /** A segment of the server. */
  Exchange server(int flags, long seq, long ack, int window, Object data) {
    return tcp(SERVER, flags, SERVER_ISN + (int) seq, CLIENT_ISN + (int) ack, window, TcpOptions.NONE, data);
  }

  Exchange open() {
    TcpOptions options = TcpOptions.timestamps(1, 0).withMss(1460).withWindowScale(7).withSackPermitted();
    tcp(CLIENT, TcpSegment.SYN, CLIENT_ISN, 0, 64240, options, 0);
    after(20).tcp(SERVER, TcpSegment.SYN | TcpSegment.ACK, SERVER_ISN, CLIENT_ISN + 1, 65535,
        options.withWindowScale(2), 0);
    return after(0.1).client(TcpSegment.ACK, 1, 1, 502, 0);
  }

  /** {@code data} is text, or a number of bytes. */
  Exchange tcp(Ipv4Address from, int flags, int seq, int ack, int window, TcpOptions options, Object data) {
    boolean client = from.equals(CLIENT);
    FourTuple flow = client ? new FourTuple(CLIENT, 49152, SERVER, 80) : new FourTuple(SERVER, 80, CLIENT, 49152);
    ByteBuf payload = buffer();
    if (data instanceof String text) {
      payload.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    } else {
      payload.writeZero((Integer) data);
    }
    new TcpSegment(flow, seq, ack, flags, window, 0, options, 0, payload, PacketFacts.LOCAL).write(payload);
    return ip(from, client ? SERVER : CLIENT, IpProtocol.TCP, payload);
  }
}
