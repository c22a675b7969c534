package io.reactorstack.ndp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.KeyedHash;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.Requirement;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The addresses that an interface forms from a prefix. */
class InterfaceIdentifiersTest {

  private static final Ipv6Address LINK_LOCAL = (Ipv6Address) IpAddress.parse("fe80::");
  private static final MacAddress MAC = MacAddress.parse("34:56:78:9a:bc:de");

  private static InterfaceIdentifiers stable(long secret, String interfaceName) {
    return new InterfaceIdentifiers(
        Ipv6Settings.Identifiers.STABLE, () -> new KeyedHash(secret, 2), interfaceName, MAC);
  }

  @Test
  @Requirement({"RFC2464-4-01", "RFC2464-4-02", "RFC2464-5-01"})
  void eui64ContainsTheMacAddressWithAnInvertedUniversalBit() {
    InterfaceIdentifiers eui64 = new InterfaceIdentifiers(
        Ipv6Settings.Identifiers.EUI_64, () -> new KeyedHash(1, 2), "eth0", MAC);
    assertThat(eui64.in(LINK_LOCAL, 0)).hasToString("fe80::3656:78ff:fe9a:bcde/64");
    assertThat(eui64.hasMore()).isFalse();
  }

  @Test
  @Requirement({"RFC7217-5-02", "RFC7217-5-05", "RFC7217-5-10"})
  void aStableIdentifierDependsOnSecretPrefixInterfaceAndCounter() {
    Set<Long> identifiers = new HashSet<>();
    for (String prefix : new String[] {"fe80::", "2001:db8::", "2001:db8:0:1::"}) {
      for (int duplicates = 0; duplicates < 4; duplicates++) {
        for (String name : new String[] {"eth0", "eth1", "a-long-interface-name"}) {
          for (long secret = 0; secret < 4; secret++) {
            Ipv6Address network = (Ipv6Address) IpAddress.parse(prefix);
            Ipv6Address formed = (Ipv6Address) stable(secret, name).in(network, duplicates).address();
            assertThat(formed.high()).isEqualTo(network.high());
            assertThat(stable(secret, name).in(network, duplicates).address()).isEqualTo(formed);
            identifiers.add(formed.low());
          }
        }
      }
    }
    assertThat(identifiers).hasSize(3 * 4 * 3 * 4);
  }

  @Test
  @Requirement({"RFC7217-5-03", "RFC7217-5-04", "RFC7217-5-06"})
  void eachBitOfTheSecretChangesAboutHalfOfTheSixtyFourBits() {
    KeyedHash[] hashes = new KeyedHash[129];
    hashes[128] = new KeyedHash(0x1234_5678_9abc_def0L, 0x0fed_cba9_8765_4321L);
    for (int bit = 0; bit < 128; bit++) {
      hashes[bit] = new KeyedHash(0x1234_5678_9abc_def0L ^ (bit < 64 ? 1L << bit : 0),
          0x0fed_cba9_8765_4321L ^ (bit < 64 ? 0 : 1L << bit - 64));
    }
    long seen = 0;
    for (int bit = 0; bit < 128; bit++) {
      long changed = identifier(hashes[bit]) ^ identifier(hashes[128]);
      assertThat(Long.bitCount(changed)).as("bit %d of the secret", bit).isBetween(12, 52);
      seen |= changed;
    }
    assertThat(seen).as("every bit of the identifier depends on the secret").isEqualTo(-1L);
  }

  private static long identifier(KeyedHash hash) {
    var identifiers = new InterfaceIdentifiers(Ipv6Settings.Identifiers.STABLE, () -> hash, "eth0", MAC);
    return ((Ipv6Address) identifiers.in(LINK_LOCAL, 0).address()).low();
  }

  @Test
  void reservedIdentifiersAreRecognized() {
    assertThat(InterfaceIdentifiers.isReserved(0)).isTrue();
    assertThat(InterfaceIdentifiers.isReserved(0x0200_5eff_fe00_0000L)).isTrue();
    assertThat(InterfaceIdentifiers.isReserved(0x0200_5eff_feff_ffffL)).isTrue();
    assertThat(InterfaceIdentifiers.isReserved(0xfdff_ffff_ffff_ff80L)).isTrue();
    assertThat(InterfaceIdentifiers.isReserved(-1L << 9)).isFalse();
    assertThat(InterfaceIdentifiers.isReserved(0xfdff_ffff_ffff_ff7fL)).isFalse();
    assertThat(InterfaceIdentifiers.isReserved(0x0200_5eff_ff00_0000L)).isFalse();
    assertThat(InterfaceIdentifiers.isReserved(1)).isFalse();
  }

  @Test
  void theSettingsCheckTheirValuesAndHideTheSecret() {
    assertThatThrownBy(() -> Ipv6Settings.DEFAULTS.withDuplicateAddressDetection(-1))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("0 to 16");
    assertThat(Ipv6Settings.DEFAULTS.withSecret(new Ipv6Settings.Secret(77, 88)).toString()).doesNotContain("77");
  }
}
