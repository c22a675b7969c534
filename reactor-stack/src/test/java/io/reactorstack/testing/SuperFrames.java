package io.reactorstack.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A super-frame to be cut, described by its headers. Its octets are written one by one, independently of the stack's
 * codecs.
 */
public record SuperFrames(Medium medium, int vlan, boolean isV4, int ipOptions, boolean isTcp, int tcpOptions,
    int flags, int sequence, int identification, int segmentSize, byte[] data, Ends ends) {

  /** The addresses and ports, and the fields of the IP header that routers look at. */
  public record Ends(String source, int sourcePort, String destination, int destinationPort, boolean dontFragment,
      int hops) {

    static final Ends V4 = new Ends("192.0.2.1", 4433, "198.51.100.77", 51000, false, 63);
    static final Ends V6 = new Ends("2001:db8::1", 4433, "2001:db8:9::ff", 51000, false, 63);
  }

  /** Creates a super-frame between default addresses. */
  public SuperFrames(Medium medium, int vlan, boolean isV4, int ipOptions, boolean isTcp, int tcpOptions, int flags,
      int sequence, int identification, int segmentSize, byte[] data) {
    this(medium, vlan, isV4, ipOptions, isTcp, tcpOptions, flags, sequence, identification, segmentSize, data,
        isV4 ? Ends.V4 : Ends.V6);
  }

  /** Returns a frame of Ethernet with a plain TCP segment of IPv4. */
  public static SuperFrames tcp(int segmentSize, int length) {
    return new SuperFrames(Medium.ETHERNET, 0, true, 0, true, 0, 0x18, 0x7fff_ff00, 0xfffe, segmentSize,
        random(length));
  }

  /** Returns a bare packet with other ends. */
  public SuperFrames between(Ends others) {
    boolean v4 = others.source.indexOf(':') < 0;
    return new SuperFrames(Medium.IP, 0, v4, v4 ? ipOptions : 0, isTcp, tcpOptions, flags, sequence,
        v4 ? identification : 0, segmentSize, data, others);
  }

  /** Returns the same data as a UDP datagram. */
  public SuperFrames asUdp() {
    return new SuperFrames(medium, vlan, isV4, ipOptions, false, 0, 0, 0, identification, segmentSize, data);
  }

  /** Returns the same segment over IPv6. */
  public SuperFrames asIpv6() {
    return new SuperFrames(medium, vlan, false, 0, isTcp, tcpOptions, flags, sequence, 0, segmentSize, data);
  }

  /** Returns the same segment with other TCP flags. */
  public SuperFrames withFlags(int other) {
    return new SuperFrames(medium, vlan, isV4, ipOptions, isTcp, tcpOptions, other, sequence, identification,
        segmentSize, data);
  }

  /** Returns {@code length} random octets, which depend on the length only. */
  public static byte[] random(int length) {
    byte[] data = new byte[length];
    new Random(length).nextBytes(data);
    return data;
  }

  int linkHeader() {
    return medium == Medium.IP ? 0 : vlan == 0 ? 14 : 18;
  }

  int ipHeader() {
    return isV4 ? 20 + ipOptions : 40;
  }

  int transportHeader() {
    return isTcp ? 20 + tcpOptions : 8;
  }

  /** The length of all headers, in octets. */
  public int headers() {
    return linkHeader() + ipHeader() + transportHeader();
  }

  /** Returns the frame of the segment with the octets {@code from} to {@code to} of the data, with its checksums. */
  public byte[] segment(int from, int to, int number, int segmentFlags) {
    byte[] frame = headersOf(to - from, number, sequence + from, segmentFlags);
    frame = Packets.concat(frame, Arrays.copyOfRange(data, from, to));
    int transport = linkHeader() + ipHeader();
    int octets = frame.length - transport;
    Packets.putShort(frame, transport + (isTcp ? 16 : 6), 0);
    int checksum = Packets.checksum(frame, transport, octets, pseudoSum(octets));
    Packets.putShort(frame, transport + (isTcp ? 16 : 6), checksum == 0 && !isTcp ? 0xffff : checksum);
    return frame;
  }

  private int pseudoSum(int octets) {
    byte[] pseudo = Packets.concat(Packets.ip(ends.source), Packets.ip(ends.destination),
        Packets.octets(0, isTcp ? 6 : 17, octets >>> 8, octets));
    return ~Packets.checksum(pseudo, 0, pseudo.length, 0) & 0xffff;
  }

  /** Returns the frames that a sender without offload would have built, with their checksums. */
  public List<byte[]> segments() {
    List<byte[]> all = new ArrayList<>();
    int count = Math.ceilDiv(data.length, segmentSize);
    for (int i = 0; i < count; i++) {
      int first = i == 0 ? 0 : 0x80; // CWR
      int last = i == count - 1 ? 0 : 0x09; // FIN, PSH
      int from = i * segmentSize;
      all.add(segment(from, Math.min(data.length, from + segmentSize), i, flags & ~first & ~last));
    }
    return all;
  }

  /** Returns the headers with the sum of the pseudo-header in the checksum field. */
  private byte[] headersOf(int length, int number, int seq, int segmentFlags) {
    ByteBuffer to = ByteBuffer.allocate(headers());
    if (medium == Medium.ETHERNET) {
      to.putInt(0x0200_0000).putShort((short) 2).putInt(0x0200_0000).putShort((short) 1);
      if (vlan != 0) {
        to.putShort((short) 0x8100).putShort((short) vlan);
      }
      to.putShort((short) (isV4 ? 0x0800 : 0x86dd));
    }
    int octets = transportHeader() + length;
    int at = to.position();
    if (isV4) {
      to.put((byte) (0x40 | ipHeader() / 4)).put((byte) 3).putShort((short) (ipHeader() + octets))
          .putShort((short) (identification + number)).putShort((short) (ends.dontFragment ? 0x4000 : 0))
          .put((byte) ends.hops).put((byte) (isTcp ? 6 : 17)).putShort((short) 0).put(Packets.ip(ends.source))
          .put(Packets.ip(ends.destination));
      for (int i = 0; i < ipOptions; i++) {
        to.put((byte) 1);
      }
      Packets.fixIpv4(to.array(), at);
    } else {
      to.putInt(0x6012_3456).putShort((short) octets).put((byte) (isTcp ? 6 : 17)).put((byte) ends.hops)
          .put(Packets.ip(ends.source)).put(Packets.ip(ends.destination));
    }
    to.putShort((short) ends.sourcePort).putShort((short) ends.destinationPort);
    if (isTcp) {
      to.putInt(seq).putInt(0x0102_0304).put((byte) ((20 + tcpOptions) / 4 << 4)).put((byte) segmentFlags)
          .putShort((short) 777).putShort((short) 0).putShort((short) 0);
      for (int i = 0; i < tcpOptions; i++) {
        to.put((byte) 1);
      }
      to.putShort(at + ipHeader() + 16, (short) pseudoSum(octets));
    } else {
      to.putShort((short) octets).putShort((short) pseudoSum(octets));
    }
    return to.array();
  }

  /** Returns the super-frame as one buffer, followed by {@code padding} octets. */
  public Frame frame(int padding) {
    byte[] headers = headersOf(data.length, 0, sequence, flags);
    ByteBuf bytes = ByteBufAllocator.DEFAULT.directBuffer().writeBytes(headers).writeBytes(data).writeZero(padding);
    return new Frame(bytes, facts());
  }

  /** Returns the super-frame with its headers and the parts of its data in separate buffers. */
  public Frame scattered(int... lengths) {
    CompositeByteBuf all = ByteBufAllocator.DEFAULT.compositeDirectBuffer(Math.max(16, lengths.length + 2));
    all.addComponent(true,
        ByteBufAllocator.DEFAULT.directBuffer().writeBytes(headersOf(data.length, 0, sequence, flags)));
    int from = 0;
    for (int i = 0; from < data.length; i++) {
      int length = i < lengths.length ? Math.min(lengths[i], data.length - from) : data.length - from;
      // Parts are parts of larger buffers, of both kinds.
      ByteBuf part = i % 2 == 0 ? ByteBufAllocator.DEFAULT.directBuffer() : ByteBufAllocator.DEFAULT.heapBuffer();
      all.addComponent(true, part.writeZero(3).writeBytes(data, from, length).writeZero(5).skipBytes(3)
          .writerIndex(3 + length));
      from += length;
    }
    return new Frame(all, facts());
  }

  /** The facts of the super-frame: the device completes its checksum, and cuts it. */
  public PacketFacts facts() {
    return new PacketFacts(0, ChecksumState.UNFINISHED, segmentSize);
  }
}
