package io.reactorstack.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.Requirement;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The addresses that interfaces choose for themselves (RFC 3927 section 2.1). */
class LinkLocalCandidateTest {

  @Test
  @Requirement("RFC3927-2.1-01")
  void theFirstAndTheLast256AddressesAreNotChosen() {
    Random random = new Random(1);
    int[] blocks = new int[256];
    for (int i = 0; i < 254_000; i++) {
      Ipv4Address chosen = LinkLocalService.candidate(MacAddress.random(random).bits(), i % 20);
      assertThat(chosen.isLinkLocal()).isTrue();
      blocks[chosen.bits() >>> 8 & 0xff]++;
    }
    assertThat(blocks[0]).isZero();
    assertThat(blocks[255]).isZero();
    assertThat(IntStream.range(1, 255).map(i -> blocks[i])).as("uniform").allMatch(n -> n > 800 && n < 1200);
  }

  @Test
  @Requirement("RFC3927-2.1-02")
  void hostsWithConsecutiveMacAddressesChooseDifferentSequences() {
    Set<List<Ipv4Address>> sequences = new HashSet<>();
    Set<Ipv4Address> first = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      List<Ipv4Address> sequence = sequence(0x0200_0000_0000L + i);
      assertThat(new HashSet<>(sequence)).as("candidates of one host").hasSizeGreaterThan(8);
      sequences.add(sequence);
      first.add(sequence.getFirst());
    }
    assertThat(sequences).hasSize(1000);
    // The expected number of collisions is 1000² / 2 / 65024, about 8.
    assertThat(first).hasSizeGreaterThan(975);
  }

  @Test
  @Requirement("RFC3927-2.1-03")
  void theSequenceDependsOnTheMacAddressAlone() {
    assertThat(sequence(0x0200_0000_0001L)).isEqualTo(sequence(0x0200_0000_0001L));
    assertThat(sequence(0x0200_0000_0001L)).isNotEqualTo(sequence(0x0200_0000_0002L));
    assertThat(LinkLocalService.candidate(0x0200_0000_0001L, 0)).as("the same after each start, in every version")
        .hasToString("169.254.52.254");
  }

  private static List<Ipv4Address> sequence(long mac) {
    return IntStream.range(0, 10).mapToObj(i -> LinkLocalService.candidate(mac, i)).toList();
  }
}
