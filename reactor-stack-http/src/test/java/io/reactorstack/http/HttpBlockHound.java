package io.reactorstack.http;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/** What blocks for form's sake in libraries that the HTTP tests use. BlockHound finds this through the service loader. */
public final class HttpBlockHound implements BlockHoundIntegration {

  @Override
  public void applyTo(BlockHound.Builder builder) {
    // QUIC's connection identifiers: /dev/urandom is a file, but one that always has something to read.
    builder.allowBlockingCallsInside("java.security.SecureRandom", "nextBytes");
    // QUIC verifies certificates on the loop, and the JDK reads its list of authorities when it does so first.
    builder.allowBlockingCallsInside("io.netty.handler.codec.quic.BoringSSLCertificateVerifyCallback", "verify");
    // Lettuce's writers take a lock for a few instructions, on the loop too. One that may not wait for it leaves their count
    // wrong (DefaultEndpoint.write counts down what was not counted up), and closing the connection spins for ever.
    builder.allowBlockingCallsInside("io.lettuce.core.protocol.SharedLock", "incrementWriters");
    builder.allowBlockingCallsInside("io.lettuce.core.protocol.SharedLock", "doExclusive");
  }
}
