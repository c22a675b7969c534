package io.reactorstack.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** HTTP to link-local addresses. On each of two links is a server fe80::2. */
@Timeout(60)
class ZoneUrlTest {

  private final Lab lab = Lab.virtual(1);
  private final Switch leftLan = lab.newSwitch("leftLan");
  private final Switch rightLan = lab.newSwitch("rightLan");

  @AfterEach
  void close() {
    lab.close();
  }

  private Host server(String name, Switch lan) {
    Host server = lab.host(name).on(lan, "fe80::2/64").start();
    lab.await(StackHttp.server(server.stack(), new InetSocketAddress("::", 8080))
        .handle((request, response) -> response.sendString(Mono.just(name))).bind());
    return server;
  }

  @ParameterizedTest
  @ValueSource(strings = {"fe80::2%if1", "fe80::2%3"})
  void theZoneOfTheRemoteAddressSelectsTheLink(String address) {
    server("left", leftLan);
    server("right", rightLan);
    Host client = lab.host("client").on(leftLan, "fe80::1/64").on(rightLan, "fe80::11/64").start();
    assertThat(lab.await(StackHttp.client(client.stack())
        .remoteAddress(() -> InetSocketAddress.createUnresolved(address, 8080))
        .get().uri("/").responseContent().aggregate().asString())).isEqualTo("right");
  }

  /** Reactor Netty drops the zone of an address in a URL (RFC 6874); a host on one link needs none. */
  @ParameterizedTest
  @ValueSource(strings = {"http://[fe80::2]:8080/", "http://[fe80::2%25if0]:8080/", "http://[fe80::2%252]:8080/"})
  void aUrlReachesALinkLocalAddressOnTheOnlyLink(String url) {
    server("left", leftLan);
    Host client = lab.host("client").on(leftLan, "fe80::1/64").start();
    assertThat(lab.await(StackHttp.client(client.stack()).get().uri(url).responseContent().aggregate().asString()))
        .isEqualTo("left");
  }

  @Test
  void anAmbiguousAddressIsRefusedWithTheReason() {
    server("left", leftLan);
    Host client = lab.host("client").on(leftLan, "fe80::1/64").on(rightLan, "fe80::11/64").start();
    assertThat(lab.await(StackHttp.client(client.stack()).get().uri("http://[fe80::2%25if0]:8080/").response()
        .thenReturn("answer").onErrorResume(error -> {
          Throwable root = error;
          while (root.getCause() != null) {
            root = root.getCause();
          }
          return Mono.just(root.getMessage());
        }))).contains("may be on the link of if0 or if1");
  }
}
