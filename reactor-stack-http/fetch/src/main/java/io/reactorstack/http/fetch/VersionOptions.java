package io.reactorstack.http.fetch;

import io.netty.handler.codec.quic.Quic;
import java.net.URI;
import java.util.Optional;
import picocli.CommandLine.Option;
import reactor.netty.http.HttpProtocol;

/** Which HTTP is spoken, in curl's words. */
final class VersionOptions {

  @Option(names = "--http1.1", description = "Speak HTTP/1.1 only.")
  private boolean http11;

  @Option(names = "--http2", description = "Offer HTTP/2: by ALPN, as https does anyway, or by an upgrade.")
  private boolean http2;

  @Option(names = "--http2-prior-knowledge", description = "Speak HTTP/2 only, and at once.")
  private boolean priorKnowledge;

  @Option(names = "--http3", description = "Speak HTTP/3 only, over QUIC; https only.")
  private boolean http3;

  /** What is wrong with them for {@code uri}, here. */
  Optional<String> contradiction(URI uri) {
    // Loads a library from the disk, which Reactor Netty would do on the loop, whichever version it is to speak.
    boolean quic = Quic.isAvailable();
    if (http3 && !uri.getScheme().equals("https")) {
      return Optional.of("--http3 needs an https URL");
    }
    return http3 && !quic ? Optional.of("--http3: there is no QUIC library for this platform") : Optional.empty();
  }

  /** The protocols to offer to {@code uri}'s server. */
  HttpProtocol[] protocols(URI uri) {
    boolean secure = uri.getScheme().equals("https");
    HttpProtocol second = secure ? HttpProtocol.H2 : HttpProtocol.H2C;
    if (http3) {
      return new HttpProtocol[] {HttpProtocol.HTTP3};
    }
    if (priorKnowledge) {
      return new HttpProtocol[] {second};
    }
    boolean offer = http2 || secure && !http11;
    return offer ? new HttpProtocol[] {second, HttpProtocol.HTTP11} : new HttpProtocol[] {HttpProtocol.HTTP11};
  }
}
