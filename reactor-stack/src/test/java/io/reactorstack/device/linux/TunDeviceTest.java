package io.reactorstack.device.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A TUN against the kernel at its other end. */
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
      ByteBuf packet = frame.payload();
      if (packet.getByte(0) >> 4 == 4 && packet.getByte(9) == 1 && packet.getByte(20) == 8) {
        sink.next(new Frame(echoReply(packet), frame.facts()));
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

  private static ByteBuf echoReply(ByteBuf packet) {
    int source = packet.getInt(12);
    packet.setInt(12, packet.getInt(16));
    packet.setInt(16, source);
    packet.setByte(20, 0);
    int checksum = packet.getUnsignedShort(22) + 0x0800;
    return packet.setShort(22, (checksum & 0xffff) + (checksum >>> 16));
  }
}
