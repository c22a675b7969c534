package io.reactorstack.device.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.Offload;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests that a persistent TAP can be opened with and without offload, whoever has used it before. */
@RequiresNetAdmin
@Timeout(60)
class OffloadOpeningTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  private final KernelPeer peer = new KernelPeer();
  private final String name = NetworkNamespace.uniqueInterfaceName();

  @AfterEach
  void close() {
    peer.close();
    run("ip", "link", "delete", name);
  }

  private static String run(String... command) {
    return ExternalCommand.run(SOON, List.of(command)).output();
  }

  private NetworkDevice open(boolean offload) {
    return peer.open(TapDevice.named(name).macAddress(KernelPeer.OURS).offload(offload));
  }

  private void close(NetworkDevice device) {
    peer.onLoop(() -> {
      device.dispose();
      return null;
    });
  }

  /** Returns whether the kernel would pass super-frames of TCP to the reader of the interface. */
  private boolean sendsSuperFrames() {
    ExternalCommand.require("ethtool");
    String features = run("ethtool", "-k", name);
    assertThat(features).contains("tcp-segmentation-offload: ");
    return features.contains("tcp-segmentation-offload: on");
  }

  @Test
  void aPersistentInterfaceOpensEitherWay() {
    run("ip", "tuntap", "add", "dev", name, "mode", "tap");

    NetworkDevice first = open(true);
    assertThat(first.capabilities().offload()).isEqualTo(new Offload(true, true, 65535, 65535));
    assertThat(sendsSuperFrames()).isTrue();
    close(first);
    assertThat(sendsSuperFrames()).as("offload that is left to the next program").isFalse();

    NetworkDevice second = open(false);
    assertThat(second.capabilities().offload()).isEqualTo(new Offload(false, true, 0, 0));
    assertThat(sendsSuperFrames()).isFalse();
    close(second);
    close(open(true));
  }

  @Test
  void offloadThatAnotherProgramHasLeftIsEnded() {
    run("ip", "tuntap", "add", "dev", name, "mode", "tap");
    // TUNSETIFF with IFF_TAP, IFF_NO_PI and IFF_VNET_HDR; TUNSETVNETHDRSZ with 12; TUNSETOFFLOAD.
    assertThat(ExternalCommand.run(SOON, List.of("python3", "-c", """
        import fcntl, struct
        with open('/dev/net/tun', 'r+b', buffering=0) as f:
          fcntl.ioctl(f, 0x400454ca, struct.pack('16sH22x', b'%s', 0x5002))
          fcntl.ioctl(f, 0x400454d8, struct.pack('i', 12))
          fcntl.ioctl(f, 0x400454d0, 0x0f)
        """.formatted(name))).orThrow()).isEmpty();
    assertThat(sendsSuperFrames()).isTrue();

    NetworkDevice device = open(false);
    assertThat(sendsSuperFrames()).isFalse();
    close(device);
    assertThat(open(true).capabilities().offload().longestTcp()).isEqualTo(65535);
  }

  @Test
  void withoutOffloadIsAFactoryForTheSameDevice() {
    TapDevice tap = TapDevice.named(name).macAddress(KernelPeer.OURS).offload(true);
    NetworkDevice device = peer.open(tap.withoutOffload());
    assertThat(device.capabilities().offload().longestTcp()).isZero();
    assertThat(device.capabilities().macAddress()).isEqualTo(KernelPeer.OURS);
    close(device);
    assertThat(TunDevice.named(name).offload(true).withoutOffload().interfaceName()).isEqualTo(name);
  }
}
