package io.reactorstack.device.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.linux.OffloadPeer.Kind;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tests what the kernel makes of super-frames of a TAP: it forwards them over a bridge to a TAP without offload, for which
 * it must cut them and complete their checksums. The frames there are what the contract of the facts promises.
 */
@RequiresNetAdmin
@Timeout(120)
class KernelCutTest {

  private static final int SEGMENT = 1300;
  private static final int FLAGS = TcpSegment.ACK | TcpSegment.PSH | TcpSegment.FIN | TcpSegment.CWR | TcpSegment.ECE;

  @ParameterizedTest
  @CsvSource({"false, -1", "true, -1", "false, 0x2007", "true, 0x2007"})
  void segmentsOfTcp(boolean v6, String tag) {
    try (OffloadPeer host = new OffloadPeer(Kind.TAP, v6)) {
      List<ByteBuf> cut = behindABridge(host);
      ByteBuf data = OffloadPeer.pattern(9 * SEGMENT + 5);
      TcpOptions options = TcpOptions.NONE.withTimestamps(1, 2);

      host.send(host.tcp(5000, 80, -2000, 9, FLAGS, options, SEGMENT, data, Integer.decode(tag)));
      host.peer.namespace.await("ten frames", () -> cut.size() == 10);

      for (int i = 0; i < 10; i++) {
        SeenFrame seen = checked(cut.get(i), Integer.decode(tag), i);
        TcpSegment segment = Objects.requireNonNull(seen.tcp());
        assertThat(segment.seq()).isEqualTo(-2000 + i * SEGMENT);
        int flags = i == 9 ? FLAGS & ~TcpSegment.CWR : FLAGS & ~(TcpSegment.PSH | TcpSegment.FIN);
        assertThat(segment.flags()).isEqualTo(i == 0 ? flags : flags & ~TcpSegment.CWR);
        assertThat(segment.options()).isEqualTo(options);
        assertThat(segment.payload()).isEqualTo(data.readSlice(Math.min(SEGMENT, data.readableBytes())));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"false, -1", "true, -1", "false, 0x2007", "true, 0x2007"})
  void datagramsOfUdp(boolean v6, String tag) {
    try (OffloadPeer host = new OffloadPeer(Kind.TAP, v6)) {
      List<ByteBuf> cut = behindABridge(host);
      ByteBuf data = OffloadPeer.pattern(3 * SEGMENT + 5);

      host.send(host.udp(9, SEGMENT, data, Integer.decode(tag)));
      host.send(host.udp(9, 0, data.slice(0, 700), Integer.decode(tag)));
      host.peer.namespace.await("five frames", () -> cut.size() == 5);

      for (int i = 0; i < 5; i++) {
        checked(cut.get(i), Integer.decode(tag), i % 4);
        ByteBuf expected = i == 4
            ? data.readerIndex(0).slice(0, 700)
            : data.readSlice(Math.min(SEGMENT, data.readableBytes()));
        int length = expected.readableBytes();
        assertThat(cut.get(i).slice(cut.get(i).writerIndex() - length, length)).isEqualTo(expected);
      }
    }
  }

  /** Checks the link header, the identification and both checksums of a frame, and returns it. */
  private static SeenFrame checked(ByteBuf frame, int tag, int number) {
    SeenFrame seen = SeenFrame.ethernet(frame);
    assertThat(seen.header().tag()).isEqualTo(tag);
    // A packet of IPv4 whose header checksum is wrong would be null.
    IpHeaders ip = Objects.requireNonNull(seen.ip());
    int at = seen.header().length();
    assertThat(frame.readableBytes()).isEqualTo(at + ip.totalLength());
    if (ip.source().isV4()) {
      assertThat(frame.getUnsignedShort(at + 4)).as("identification").isEqualTo(7 + number);
    }
    int length = ip.totalLength() - ip.length();
    assertThat(Checksum.verifies(Checksum.pseudoHeader(ip.source(), ip.destination(), ip.protocol(), length)
        + Checksum.sum(frame, at + ip.length(), length))).as("transport checksum").isTrue();
    return seen;
  }

  /** Bridges the host's TAP with another one; returns the frames of TCP and UDP that arrive there. */
  private static List<ByteBuf> behindABridge(OffloadPeer host) {
    String outside = NetworkNamespace.uniqueInterfaceName();
    NetworkDevice plain = host.peer.open(TapDevice.named(outside).macAddress(MacAddress.parse("02:00:00:00:77:03"))
        .offload(false));
    host.peer.namespace.adopt(outside, "plain0");
    host.read("ip", "link", "add", "br0", "type", "bridge");
    host.read("ip", "link", "set", "peer0", "master", "br0");
    host.read("ip", "link", "set", "plain0", "master", "br0");
    host.read("ip", "link", "set", "br0", "up");
    // The bridge floods frames for an address that it does not know.
    host.kernelMac = MacAddress.parse("02:00:00:00:77:04");
    List<ByteBuf> arrived = new CopyOnWriteArrayList<>();
    plain.receive().subscribe(frame -> {
      if (isFromUs(frame)) {
        arrived.add(Unpooled.copiedBuffer(frame.payload()));
        assertThat(frame.facts()).isEqualTo(PacketFacts.receivedAt(frame.facts().ingressNanos()));
      }
      frame.release();
    });
    return arrived;
  }

  private static boolean isFromUs(Frame frame) {
    SeenFrame seen = SeenFrame.ethernet(frame.payload());
    IpHeaders ip = seen.ip();
    return ip != null && (ip.protocol() == IpProtocol.TCP || ip.protocol() == IpProtocol.UDP)
        && seen.header().source().equals(KernelPeer.OURS) && seen.header().length() >= EthernetHeader.MINIMUM;
  }
}
