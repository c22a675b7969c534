package io.reactorstack.test.junit6;

import io.reactorstack.http.StackHttp;
import io.reactorstack.lab.Host;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;

/**
 * The network of a Spring context that outlives a lab: a bean that provides the connector of other beans. Each test
 * sets the host on which the context runs.
 */
final class LabNetwork {

  private @Nullable ClientHttpConnector connector;

  /** Sets the host on which the context runs. */
  void at(Host host) {
    connector = new ReactorClientHttpConnector(StackHttp.client(host.stack()));
  }

  /** Returns a connector that uses the host set at the time of each request. */
  ClientHttpConnector connector() {
    return (method, uri, callback) -> Objects.requireNonNull(connector, "no test has set the host of this context")
        .connect(method, uri, callback);
  }
}
