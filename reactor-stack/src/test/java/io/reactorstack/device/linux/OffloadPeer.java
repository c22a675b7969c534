package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import io.reactorstack.wire.UdpHeader;
import reactor.core.publisher.Sinks;

/** A device with offload, the kernel at the other end of its cable, and packets that are built for both. */
final class OffloadPeer implements AutoCloseable {

  private static final UnpooledByteBufAllocator UNTRACKED = new UnpooledByteBufAllocator(false, true);

  /** The devices that exchange offloads with the kernel. */
  enum Kind {
    TAP, TUN, PACKET,
    /** A packet socket whose frames bypass the queueing discipline. */
    DIRECT
  }

  static final Ipv4Address KERNEL_V4 = (Ipv4Address) IpAddress.parse("10.77.1.1");
  static final Ipv4Address OUR_V4 = (Ipv4Address) IpAddress.parse("10.77.1.2");
  static final Ipv6Address KERNEL_V6 = (Ipv6Address) IpAddress.parse("fd77::1");
  static final Ipv6Address OUR_V6 = (Ipv6Address) IpAddress.parse("fd77::2");

  private static final String INSIDE = "peer0";

  final KernelPeer peer = new KernelPeer();
  final NetworkDevice device;
  /** The destination of the frames to send. */
  MacAddress kernelMac;
  private final boolean v6;
  private final boolean isEthernet;
  private final Sinks.Many<Frame> sent = Sinks.many().unicast().onBackpressureBuffer();

  OffloadPeer(Kind kind, boolean v6) {
    this.v6 = v6;
    String outside = NetworkNamespace.uniqueInterfaceName();
    device = switch (kind) {
      case TAP -> {
        NetworkDevice tap = peer.open(TapDevice.named(outside).macAddress(KernelPeer.OURS).offload(true));
        peer.namespace.adopt(outside, INSIDE, "10.77.1.1/24");
        yield tap;
      }
      case TUN -> {
        NetworkDevice tun = peer.open(TunDevice.named(outside).offload(true));
        peer.namespace.adopt(outside, INSIDE, "10.77.1.1/24");
        yield tun;
      }
      case PACKET, DIRECT -> {
        peer.namespace.connect(INSIDE, outside, "10.77.1.1/24");
        PacketSocketDevice socket = PacketSocketDevice.on(outside).macAddress(KernelPeer.OURS).offload(true);
        yield peer.open(kind == Kind.DIRECT ? socket.bypassQdisc() : socket);
      }
    };
    isEthernet = device.capabilities().medium() == Medium.ETHERNET;
    peer.namespace.run("sysctl", "-qw", "net.ipv6.conf." + INSIDE + ".disable_ipv6=0").orThrow();
    peer.namespace.run("ip", "address", "add", "fd77::1/64", "dev", INSIDE, "nodad").orThrow();
    if (isEthernet) {
      kernelMac = MacAddress.parse(read("cat", "/sys/class/net/" + INSIDE + "/address").strip());
      for (IpAddress ours : new IpAddress[] {OUR_V4, OUR_V6}) {
        read("ip", "neighbour", "replace", ours.toString(), "lladdr", KernelPeer.OURS.toString(), "dev", INSIDE);
      }
    } else {
      kernelMac = KernelPeer.OURS;
    }
    device.send(sent.asFlux()).subscribe();
  }

  /** Runs a command beside the kernel's end and returns its output. */
  String read(String... command) {
    return peer.namespace.run(command).orThrow();
  }

  /** Starts a Python program beside the kernel's end. */
  NetworkNamespace.Server python(String program) {
    return peer.namespace.start("python3", "-u", "-c", program);
  }

  String kernelAddress() {
    return v6 ? KERNEL_V6.toString() : KERNEL_V4.toString();
  }

  String ourAddress() {
    return v6 ? OUR_V6.toString() : OUR_V4.toString();
  }

  /** Sends a frame; returns when the device has taken it, or immediately on the loop. */
  void send(Frame frame) {
    if (peer.loop.inEventLoop()) {
      sent.emitNext(frame, Sinks.EmitFailureHandler.FAIL_FAST);
    } else {
      peer.loop.submit(() -> send(frame)).syncUninterruptibly();
      // A device that gathers the frames of one turn of the loop has written them after it.
      peer.onLoop(() -> null);
    }
  }

  /** Parses a received frame. */
  SeenFrame seen(ByteBuf frame) {
    return isEthernet ? SeenFrame.ethernet(frame) : SeenFrame.bare(frame);
  }

  /** Returns a segment from our side of the connection {@code ports}, with an unfinished checksum. */
  Frame tcp(int seq, int ack, int flags, TcpOptions options, int segmentSize, ByteBuf payload) {
    return tcp(5000, 80, seq, ack, flags, options, segmentSize, payload, EthernetHeader.UNTAGGED);
  }

  /** Returns a segment with a VLAN tag, which is {@link EthernetHeader#UNTAGGED} for none. */
  Frame tcp(int ourPort, int kernelPort, int seq, int ack, int flags, TcpOptions options, int segmentSize,
      ByteBuf payload, int tag) {
    PacketFacts facts = new PacketFacts(0, ChecksumState.UNFINISHED, segmentSize);
    ByteBuf bytes = withHeadroom(payload);
    IpAddress ours = v6 ? OUR_V6 : OUR_V4;
    IpAddress kernels = v6 ? KERNEL_V6 : KERNEL_V4;
    new TcpSegment(new FourTuple(ours, ourPort, kernels, kernelPort), seq, ack, flags, 0xffff, 0, options, 0, bytes,
        facts).write(bytes);
    return finished(bytes, IpProtocol.TCP, facts, tag);
  }

  /** Returns a datagram to {@code port}, or several if there is a segment size, with an unfinished checksum. */
  Frame udp(int port, int segmentSize, ByteBuf payload, int tag) {
    PacketFacts facts = new PacketFacts(0, ChecksumState.UNFINISHED, segmentSize);
    ByteBuf bytes = withHeadroom(payload);
    int length = UdpHeader.LENGTH + bytes.readableBytes();
    IpAddress ours = v6 ? OUR_V6 : OUR_V4;
    IpAddress kernels = v6 ? KERNEL_V6 : KERNEL_V4;
    new UdpHeader(5000, port, length).write(bytes, ours, kernels);
    bytes.setShort(bytes.readerIndex() + 6, Checksum.fold(
        Checksum.pseudoHeader(ours, kernels, IpProtocol.UDP, length)));
    return finished(bytes, IpProtocol.UDP, facts, tag);
  }

  private Frame finished(ByteBuf bytes, int protocol, PacketFacts facts, int tag) {
    int length = bytes.readableBytes();
    if (v6) {
      new Ipv6Header(0, 0, length, protocol, 64, OUR_V6, KERNEL_V6).write(bytes);
    } else {
      new Ipv4Header(Ipv4Header.MINIMUM, 0, Ipv4Header.MINIMUM + length, 7, true, false, 0, 64, protocol, OUR_V4,
          KERNEL_V4).write(bytes);
    }
    if (isEthernet) {
      new EthernetHeader(kernelMac, KernelPeer.OURS, tag, v6 ? EtherType.IPV6 : EtherType.IPV4).write(bytes);
    }
    return new Frame(bytes, facts);
  }

  /** Returns a buffer with headroom and a copy of {@code payload}, which no leak detector wraps. */
  private static ByteBuf withHeadroom(ByteBuf payload) {
    return Headroom.allocate(UNTRACKED, payload.readableBytes()).writeBytes(payload.slice());
  }

  /** Returns {@code length} bytes, which repeat only after a long time. */
  static ByteBuf pattern(int length) {
    ByteBuf bytes = Unpooled.buffer(length);
    for (int i = 0; i < length; i++) {
      bytes.writeByte(i * 31 + (i >> 8) + (i >> 16));
    }
    return bytes;
  }

  /** The same pattern in Python. */
  static final String PATTERN = "pattern=lambda n:bytes((i*31+(i>>8)+(i>>16))&255 for i in range(n))\n";

  /** Returns the value of a counter of the kernel's stack, from its table {@code snmp}. */
  long counter(String protocol, String name) {
    String[] lines = read("grep", "^" + protocol + ":", "/proc/net/snmp").split("\n");
    String[] names = lines[0].split(" ");
    for (int i = 0; i < names.length; i++) {
      if (names[i].equals(name)) {
        return Long.parseLong(lines[1].split(" ")[i]);
      }
    }
    throw new AssertionError("no counter " + name);
  }

  @Override
  public void close() {
    peer.close();
  }
}
