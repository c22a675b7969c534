package io.reactorstack.http;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Allows harmless blocking calls in libraries that the HTTP tests use. BlockHound finds this class through the service
 * loader.
 */
public final class HttpBlockHound implements BlockHoundIntegration {

  @Override
  public void applyTo(BlockHound.Builder builder) {
    // QUIC draws connection identifiers: /dev/urandom is a file, but reading it never blocks for long.
    builder.allowBlockingCallsInside("java.security.SecureRandom", "nextBytes");
    // QUIC verifies certificates on the loop; the first verification makes the JDK read its list of authorities.
    builder.allowBlockingCallsInside("io.netty.handler.codec.quic.BoringSSLCertificateVerifyCallback", "verify");
    // Lettuce's writers take a lock for a few instructions, also on the loop. A writer that may not wait for the lock
    // leaves the count of writers wrong (DefaultEndpoint.write decrements a count that was not incremented), and
    // closing the connection then spins for ever.
    builder.allowBlockingCallsInside("io.lettuce.core.protocol.SharedLock", "incrementWriters");
    builder.allowBlockingCallsInside("io.lettuce.core.protocol.SharedLock", "doExclusive");
  }
}
