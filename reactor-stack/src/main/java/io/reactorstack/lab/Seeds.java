package io.reactorstack.lab;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * One seed, split by name: what is drawn for one purpose does not depend on what else there is in the world.
 *
 * @param seed the world's seed
 */
record Seeds(long seed) {

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  /** The stream of numbers of {@code name}; each call begins it anew. */
  RandomGenerator random(String name) {
    // The first draw of a generator seeded by the sum decorrelates neighbouring seeds and similar names.
    return new SplittableRandom(new SplittableRandom(seed + hash(name)).nextLong());
  }

  /** FNV-1a of the name's UTF-8 octets. */
  static long hash(String name) {
    long hash = FNV_OFFSET;
    for (byte octet : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (octet & 0xff)) * FNV_PRIME;
    }
    return hash;
  }
}
