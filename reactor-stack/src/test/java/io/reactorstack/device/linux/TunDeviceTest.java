package io.reactorstack.device.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.Rejections;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests a TUN device against the kernel at its other end. */
@RequiresNetAdmin
@Timeout(60)
class TunDeviceTest {

  private final KernelPeer peer = new KernelPeer();

  @AfterEach
  void close() {
    peer.close();
  }

  @Test
  void kernelPingsTheHostOnTheTun() {
    String outside = NetworkNamespace.uniqueInterfaceName();
    NetworkDevice device = peer.open(TunDevice.named(outside));
    peer.namespace.adopt(outside, "tun0", "10.77.5.1/24");
    device.send(device.receive().<Frame>handle((frame, sink) -> {
      if (answer(frame.payload())) {
        sink.next(frame);
      } else {
        frame.release();
      }
    })).subscribe();

    assertThat(peer.namespace.run("ping", "-c", "3", "-i", "0.01", "-s", "1472", "-M", "do", "10.77.5.2").orThrow())
        .contains("3 received");
    assertThat(device.capabilities().medium()).isEqualTo(Medium.IP);
    assertThat(device.capabilities().mtu()).isEqualTo(1500);
    assertThat(device.capabilities().macAddress()).isNull();
    assertThat(device.drops().total()).isZero();
  }

  /** Turns an ICMP echo request without IP options into its reply, in place. */
  private static boolean answer(ByteBuf packet) {
    Ipv4Header ip = Ipv4Header.parse(packet, Rejections.UNCOUNTED);
    if (ip == null || ip.protocol() != IpProtocol.ICMP) {
      return false;
    }
    packet.skipBytes(ip.length());
    Icmpv4Header icmp = Icmpv4Header.parse(packet, Rejections.UNCOUNTED);
    if (icmp == null || icmp.type() != Icmpv4Header.ECHO_REQUEST) {
      return false;
    }
    packet.skipBytes(icmp.length());
    new Icmpv4Header(Icmpv4Header.ECHO_REPLY, 0, icmp.rest()).write(packet);
    new Ipv4Header(ip.length(), 0, ip.totalLength(), 0, true, false, 0, 64, ip.protocol(), ip.destination(),
        ip.source())
        .write(packet);
    return true;
  }
}
