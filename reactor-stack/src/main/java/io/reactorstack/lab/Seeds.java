package io.reactorstack.lab;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * One seed, split by name: the numbers drawn for one purpose do not depend on other purposes in the world.
 *
 * @param seed the world's seed
 */
record Seeds(long seed) {

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  /** Returns the random stream of {@code name}; each call starts it anew. */
  RandomGenerator random(String name) {
    // Seeding with the first draw of another generator decorrelates neighbouring seeds and similar names.
    return new SplittableRandom(new SplittableRandom(seed + hash(name)).nextLong());
  }

  /** Returns the FNV-1a hash of the name's UTF-8 octets. */
  static long hash(String name) {
    long hash = FNV_OFFSET;
    for (byte octet : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (octet & 0xff)) * FNV_PRIME;
    }
    return hash;
  }
}
