package io.reactorstack.dns.transport;

import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/**
 * Numbers that an attacker cannot predict from earlier ones. Draws them in blocks from the JDK's DRBG, which costs about
 * as much for a block as for one number.
 *
 * <p>The generator is seeded at its creation, which may block; later draws only compute. To be used by one thread at a
 * time.
 */
final class UnpredictableNumbers implements RandomGenerator {

  private static final int BLOCK = 512;

  private final SecureRandom source;
  private final byte[] octets = new byte[BLOCK];
  private final ByteBuffer block = ByteBuffer.wrap(octets).position(BLOCK);

  UnpredictableNumbers() {
    try {
      source = SecureRandom.getInstance("DRBG");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has a DRBG", e);
    }
    source.nextBytes(new byte[1]); // seeds it
  }

  @Override
  public long nextLong() {
    if (!block.hasRemaining()) {
      source.nextBytes(octets);
      block.rewind();
    }
    int at = block.position();
    long drawn = block.getLong();
    block.putLong(at, 0); // a dump of the memory does not show the numbers that were used
    return drawn;
  }
}
