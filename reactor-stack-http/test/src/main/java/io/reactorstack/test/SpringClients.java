package io.reactorstack.test;

import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.netty.http.client.HttpClient;

/** Spring's clients; the only class whose code needs Spring, so that it is loaded by those who have it. */
final class SpringClients {

  private SpringClients() {}

  static WebClient on(HttpClient client) {
    return WebClient.builder().clientConnector(new ReactorClientHttpConnector(client)).build();
  }
}
