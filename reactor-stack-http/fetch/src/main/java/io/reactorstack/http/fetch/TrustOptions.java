package io.reactorstack.http.fetch;

import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.Http3SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.tcp.SslProvider;

/** The options that select the trusted certificates. */
final class TrustOptions {

  @Option(names = "--cacert", paramLabel = "FILE", description = "Trust the certificates in FILE (PEM) instead of the JDK's.")
  private @Nullable Path authorities;

  @Option(names = {"-k", "--insecure"}, description = "Accept any certificate, for any name.")
  private boolean insecure;

  private X509Certificate[] certificates = {};

  /**
   * Reads the file here instead of on the event loop; returns an error message if the file or the options are wrong.
   */
  Optional<String> contradiction() {
    if (authorities == null) {
      return Optional.empty();
    }
    if (insecure) {
      return Optional.of("--cacert and --insecure exclude each other");
    }
    try (InputStream in = Files.newInputStream(authorities)) {
      certificates = CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
          .map(X509Certificate.class::cast).toArray(X509Certificate[]::new);
      return certificates.length == 0 ? Optional.of("--cacert: no certificate in " + authorities) : Optional.empty();
    } catch (IOException | CertificateException e) {
      return Optional.of("--cacert: cannot read certificates from " + authorities);
    }
  }

  /**
   * Returns the TLS configuration with this trust for the given HTTP versions; without options it trusts the JDK's
   * certificates.
   */
  SslProvider.GenericSslContextSpec<?> tls(Set<HttpProtocol> protocols) {
    if (protocols.contains(HttpProtocol.HTTP3)) {
      return Http3SslContextSpec.forClient().configure(this::trustQuic);
    }
    return protocols.contains(HttpProtocol.H2)
        ? Http2SslContextSpec.forClient().configure(this::trust)
        : Http11SslContextSpec.forClient().configure(this::trust);
  }

  private void trust(SslContextBuilder context) {
    if (authorities != null) {
      context.trustManager(certificates);
    } else if (insecure) {
      context.trustManager(InsecureTrustManagerFactory.INSTANCE).endpointIdentificationAlgorithm("");
    }
  }

  private void trustQuic(QuicSslContextBuilder context) {
    if (authorities != null) {
      context.trustManager(certificates);
    } else if (insecure) {
      context.trustManager(InsecureTrustManagerFactory.INSTANCE).endpointIdentificationAlgorithm("");
    }
  }
}
