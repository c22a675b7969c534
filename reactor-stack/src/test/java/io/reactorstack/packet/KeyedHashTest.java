package io.reactorstack.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyedHashTest {

  /**
   * The test vectors of the authors' paper whose messages are whole words: key 00..0f, message 00, 01, 02 and so on.
   */
  @Test
  void agreesWithThePublishedVectors() {
    KeyedHash hash = new KeyedHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
    assertThat(hash.of()).isEqualTo(0x726fdb47dd0e0e31L);
    assertThat(hash.of(0x0706050403020100L)).isEqualTo(0x93f5f5799a932462L);
    assertThat(hash.of(0x0706050403020100L, 0x0f0e0d0c0b0a0908L)).isEqualTo(0x3f2acc7f57c29bdbL);
  }

  /** The paper's vectors for messages of 0, 1, 7, 8 and 15 octets: 00, 01, 02 and so on. */
  @Test
  void agreesWithThePublishedVectorsOfAnyLength() {
    KeyedHash hash = new KeyedHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
    byte[] message = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
    assertThat(hash.of(new byte[0])).isEqualTo(0x726fdb47dd0e0e31L);
    assertThat(hash.of(Arrays.copyOf(message, 1))).isEqualTo(0x74f839c593dc67fdL);
    assertThat(hash.of(Arrays.copyOf(message, 7))).isEqualTo(0xab0200f58b01d137L);
    assertThat(hash.of(Arrays.copyOf(message, 8))).isEqualTo(0x93f5f5799a932462L);
    assertThat(hash.of(message)).isEqualTo(0xa129ca6149be45e5L);
  }

  @Test
  void theHashDependsOnEveryArgumentAndTheSecret() {
    KeyedHash hash = new KeyedHash(new Random(1));
    IpAddress a = IpAddress.parse("192.0.2.1");
    IpAddress b = IpAddress.parse("192.0.2.2");
    IpAddress c = IpAddress.parse("2001:db8::1");
    int one = hash.of(a, 1, b, 2);
    assertThat(hash.of(a, 1, b, 2)).isEqualTo(one);
    assertThat(new int[] {hash.of(b, 1, a, 2), hash.of(a, 2, b, 2), hash.of(a, 1, b, 1), hash.of(c, 1, b, 2),
        new KeyedHash(new Random(2)).of(a, 1, b, 2)}).doesNotContain(one);
  }
}
