package io.reactorstack.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.EnclosingPacket;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the headers of a frame with a full TCP segment: parsing and writing Ethernet, IPv4 or IPv6, and TCP. The device
 * is responsible for the TCP checksum; {@link ChecksumBenchmark} has its cost.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HeaderBenchmark {
  /** The protocol between Ethernet and TCP. */
  public enum Ip {
    V4, V6
  }

  private static final int DATA = 1400;
  private static final MacAddress HERE = MacAddress.parse("02:00:00:00:00:01");
  private static final MacAddress PEER = MacAddress.parse("02:00:00:00:00:02");
  private static final PacketFacts VERIFIED = new PacketFacts(0, PacketFacts.ChecksumState.VERIFIED, 0);
  private static final PacketFacts UNFINISHED = new PacketFacts(0, PacketFacts.ChecksumState.UNFINISHED, 0);

  @Param
  Ip ip;

  private final ByteBuf frame = Headroom.allocate(ByteBufAllocator.DEFAULT, DATA).writeZero(DATA);
  private IpAddress here;
  private IpAddress peer;
  private TcpSegment segment;
  private int dataStart;
  private int frameStart;
  private int sequence;

  @Setup
  public void fill() {
    here = IpAddress.parse(ip == Ip.V4 ? "10.9.0.1" : "fd00::1");
    peer = IpAddress.parse(ip == Ip.V4 ? "10.9.0.2" : "fd00::2");
    dataStart = frame.readerIndex();
    segment = new TcpSegment(new FourTuple(peer, 40_000, here, 80), 1, 1, TcpSegment.ACK, 500, 0, TcpOptions.NONE, 0,
        frame, UNFINISHED);
    write();
    frameStart = frame.readerIndex();
    if (parse() != DATA) {
      throw new IllegalStateException("the frame is not parsed");
    }
  }

  /** Writes the three headers in front of the data. */
  @Benchmark
  public int write() {
    frame.readerIndex(dataStart);
    new TcpSegment(segment.flow(), sequence++, 1, TcpSegment.ACK, 500, 0, TcpOptions.NONE, 0, frame,
        UNFINISHED).write(frame);
    int length = frame.readableBytes();
    if (ip == Ip.V4) {
      new Ipv4Header(Ipv4Header.MINIMUM, 0, Ipv4Header.MINIMUM + length, 0, true, false, 0, 64, IpProtocol.TCP,
          (Ipv4Address) peer, (Ipv4Address) here).write(frame);
    } else {
      new Ipv6Header(0, 0, length, IpProtocol.TCP, 64, (Ipv6Address) peer, (Ipv6Address) here).write(frame);
    }
    new EthernetHeader(HERE, PEER, EthernetHeader.UNTAGGED, ip == Ip.V4 ? EtherType.IPV4 : EtherType.IPV6)
        .write(frame);
    return frame.readableBytes();
  }

  /** Parses the three headers; returns the length of the data. */
  @Benchmark
  public int parse() {
    frame.readerIndex(frameStart);
    EthernetHeader ethernet = EthernetHeader.parse(frame, Rejections.UNCOUNTED);
    frame.skipBytes(ethernet.length());
    EnclosingPacket carrier;
    if (ethernet.type() == EtherType.IPV4) {
      Ipv4Header header = Ipv4Header.parse(frame, Rejections.UNCOUNTED);
      frame.skipBytes(Ipv4Header.MINIMUM);
      carrier = EnclosingPacket.of(header.source(), header.destination(), 0, VERIFIED);
    } else {
      Ipv6Header header = Ipv6Header.parse(frame, Rejections.UNCOUNTED);
      frame.skipBytes(Ipv6Header.LENGTH);
      carrier = EnclosingPacket.of(header.source(), header.destination(), 0, VERIFIED);
    }
    TcpSegment parsed = TcpSegment.parse(frame, carrier, Rejections.UNCOUNTED);
    return parsed.flow().localPort() == 80 ? parsed.payloadLength() : 0;
  }
}
