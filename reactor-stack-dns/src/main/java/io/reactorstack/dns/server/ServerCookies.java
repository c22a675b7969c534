package io.reactorstack.dns.server;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.KeyedHash;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The server cookies of DNS Cookies, in the form of RFC 9018 section 4: a version, a time, and a SipHash-2-4 of them, the
 * client's cookie and the client's address. The server holds no state for a client.
 */
final class ServerCookies {

  /** The length of a server cookie, in octets. */
  static final int LENGTH = 16;

  private static final int CLIENT_LENGTH = 8;
  /** The octets before the hash: version, three reserved ones, and the time. */
  private static final int HEAD = 8;
  private static final byte VERSION = 1;

  /** RFC 9018 section 4.3: a cookie is valid for one hour, and may be five minutes ahead, in seconds. */
  private static final int LONGEST_AGE = 3600;
  private static final int LONGEST_LEAD = 300;
  /** The age from which a valid cookie is replaced, in seconds. */
  private static final int RENEWAL_AGE = 1800;

  private final RandomGenerator random;
  private final LongSupplier seconds;
  private @Nullable KeyedHash secret;

  /**
   * Creates the cookies of one server.
   *
   * @param random the source of the secret, which is chosen when the first client sends a cookie; cryptographically
   *     secure outside of tests
   * @param seconds the clock, in seconds from any origin
   */
  ServerCookies(RandomGenerator random, LongSupplier seconds) {
    this.random = random;
    this.seconds = seconds;
  }

  /** Returns the cookie for the response to a query without a server cookie. */
  byte[] fresh(byte[] clientCookie, IpAddress client) {
    byte[] head = ByteBuffer.allocate(HEAD).put(VERSION).putInt(HEAD - Integer.BYTES, (int) seconds.getAsLong())
        .array();
    return cookie(head, clientCookie, client);
  }

  /** Returns the cookie for the response to a query with {@code serverCookie}: the same one while it is valid. */
  byte[] renewed(byte[] clientCookie, byte[] serverCookie, IpAddress client) {
    return isValid(clientCookie, serverCookie, client) && age(serverCookie) <= RENEWAL_AGE
        ? serverCookie.clone()
        : fresh(clientCookie, client);
  }

  /** Returns whether this server has issued {@code serverCookie} to the client within the last hour. */
  boolean isValid(byte[] clientCookie, byte[] serverCookie, IpAddress client) {
    if (serverCookie.length != LENGTH || serverCookie[0] != VERSION) {
      return false;
    }
    int age = age(serverCookie);
    // RFC 9018 section 4.4: the reserved octets are hashed as they are, whatever their value.
    return age <= LONGEST_AGE && age >= -LONGEST_LEAD
        && Arrays.equals(cookie(Arrays.copyOf(serverCookie, HEAD), clientCookie, client), serverCookie);
  }

  /** Returns the age in seconds, in serial number arithmetic (RFC 1982). */
  private int age(byte[] serverCookie) {
    return (int) seconds.getAsLong() - ByteBuffer.wrap(serverCookie).getInt(HEAD - Integer.BYTES);
  }

  private byte[] cookie(byte[] head, byte[] clientCookie, IpAddress client) {
    if (secret == null) {
      secret = new KeyedHash(random);
    }
    byte[] address = client.bytes();
    byte[] hashed = ByteBuffer.allocate(CLIENT_LENGTH + HEAD + address.length)
        .put(clientCookie).put(head).put(address).array();
    // RFC 9018 section 4.4: the octets of SipHash's output are in its own, little-endian order.
    return ByteBuffer.allocate(LENGTH).put(head).putLong(Long.reverseBytes(secret.of(hashed))).array();
  }
}
