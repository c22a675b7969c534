package io.reactorstack.http.fetch;

import io.netty.handler.codec.quic.Quic;
import java.net.URI;
import java.util.Optional;
import picocli.CommandLine.Option;
import reactor.netty.http.HttpProtocol;

/** The options that select the HTTP version, with curl's names. */
final class VersionOptions {

  @Option(names = "--http1.1", description = "Use HTTP/1.1 only.")
  private boolean http11;

  @Option(names = "--http2", description = "Offer HTTP/2: by ALPN, which is the default for https, or by an upgrade.")
  private boolean http2;

  @Option(names = "--http2-prior-knowledge", description = "Use HTTP/2 only, without an upgrade.")
  private boolean priorKnowledge;

  @Option(names = "--http3", description = "Use HTTP/3 only, over QUIC; for https URLs only.")
  private boolean http3;

  /** Returns an error message if the options do not fit {@code uri} or this platform. */
  Optional<String> contradiction(URI uri) {
    // This call loads a native library from disk. Without it Reactor Netty would do so on the event loop, whatever the
    // HTTP version.
    boolean quic = Quic.isAvailable();
    if (http3 && !uri.getScheme().equals("https")) {
      return Optional.of("--http3 needs an https URL");
    }
    return http3 && !quic ? Optional.of("--http3: there is no QUIC library for this platform") : Optional.empty();
  }

  /** Returns the protocols to offer to the server of {@code uri}. */
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
