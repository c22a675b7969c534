package io.reactorstack.test.junit6;

import io.reactorstack.http.StackHttp;
import io.reactorstack.lab.Host;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;

/**
 * The network of a Spring context that lives longer than a lab: a bean from which others take their connector, and to which each test
 * says at which host the context is.
 */
final class LabNetwork {

  private @Nullable ClientHttpConnector connector;

  /** Puts the context at {@code host}. */
  void at(Host host) {
    connector = new ReactorClientHttpConnector(StackHttp.client(host.stack()));
  }

  /** Connects by the host at which the context is when a request is made. */
  ClientHttpConnector connector() {
    return (method, uri, callback) -> Objects.requireNonNull(connector, "no test has said at which host this is")
        .connect(method, uri, callback);
  }
}
