package io.reactorstack.test;

import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.netty.http.client.HttpClient;

/** Creates Spring's clients. Only this class refers to Spring, so users without Spring never load it. */
final class SpringClients {

  private SpringClients() {}

  static WebClient on(HttpClient client) {
    return WebClient.builder().clientConnector(new ReactorClientHttpConnector(client)).build();
  }
}
