package io.reactorstack.device.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.packet.Offload;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests what a TUN/TAP device promises with drivers that support less than the present one. */
class TunOffloadTest {

  private static final int ALL = 0x6f;
  private static final int TCP = 0x0f;

  @ParameterizedTest
  @CsvSource({"0x6f, true, 65535, 65535", "0x0f, true, 65535, 0", "0x01, true, 0, 0", "0x00, false, 0, 0"})
  void theDeviceTakesWhatTheDriverAccepts(String supported, boolean checksums, int longestTcp, int longestUdp) {
    int bits = Integer.decode(supported);
    assertThat(TunOffload.agree(offer -> (offer & ~bits) == 0))
        .isEqualTo(new Offload(checksums, true, longestTcp, longestUdp));
  }

  @Test
  void bothKindsOfUdpAreOfferedTogetherAndFirst() {
    List<Integer> offers = new ArrayList<>();
    Offload none = TunOffload.agree(offer -> {
      offers.add(offer);
      return false;
    });
    assertThat(offers).containsExactly(ALL, TCP, 1, 0);
    assertThat(none).isEqualTo(new Offload(false, true, 0, 0));
  }

  @Test
  void aPacketSocketCutsOnlyWhereTheKernelDoes() {
    int recent = Platform.kernel("6.18.44-generic");
    assertThat(PacketSocket.offload(true, false, recent)).isEqualTo(new Offload(true, true, 65535, 65535));
    assertThat(PacketSocket.offload(true, true, recent)).isEqualTo(new Offload(true, true, 0, 0));
    assertThat(PacketSocket.offload(true, false, Platform.kernel("5.15.0"))).isEqualTo(
        new Offload(true, true, 65535, 0));
    assertThat(PacketSocket.offload(true, false, Platform.kernel("unknown"))).isEqualTo(
        new Offload(true, true, 65535, 0));
    assertThat(PacketSocket.offload(false, false, recent)).isEqualTo(new Offload(false, true, 0, 0));
  }
}
