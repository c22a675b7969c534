package io.reactorstack.tcp;

import io.reactorstack.packet.IpAddress;
import java.nio.ByteBuffer;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A pseudo-random function of both ends of a connection that nobody without this host's secret can compute (RFC 6528
 * section 3, RFC 6056 section 3.3.3): HMAC-SHA-256, cut to 32 bits.
 *
 * <p>Confined to the event loop.
 */
final class KeyedHash {

  private static final String ALGORITHM = "HmacSHA256";
  private static final int KEY_BYTES = 32;

  private final Mac mac;

  /** A function whose secret is drawn from {@code random}, which must be secure outside of tests (RFC 4086). */
  KeyedHash(RandomGenerator random) {
    byte[] secret = new byte[KEY_BYTES];
    random.nextBytes(secret);
    try {
      mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(secret, ALGORITHM));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new AssertionError("every Java platform has " + ALGORITHM, e);
    }
  }

  /** 32 bits that depend on all arguments; a port that is to make no difference is given as 0. */
  int of(IpAddress local, int localPort, IpAddress remote, int remotePort) {
    mac.update(local.bytes());
    mac.update(remote.bytes());
    mac.update(new byte[] {(byte) (localPort >>> 8), (byte) localPort, (byte) (remotePort >>> 8), (byte) remotePort});
    return ByteBuffer.wrap(mac.doFinal()).getInt();
  }
}
