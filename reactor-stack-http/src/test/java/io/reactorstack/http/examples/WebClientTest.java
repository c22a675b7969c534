package io.reactorstack.http.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.NetworkStack;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.http.StackHttp;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.IpAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;

/** Spring's WebClient on the stack, configured by one bean, against Spring WebFlux on the stack, in virtual time. */
class WebClientTest {

  /**
   * The configuration that an application adds; with Spring Boot, the WebClient.Builder uses the connector
   * automatically.
   */
  @Configuration(proxyBeanMethods = false)
  static class StackConnector {

    @Bean
    ReactorClientHttpConnector clientConnector(NetworkStack stack, DnsResolver resolver) {
      return new ReactorClientHttpConnector(StackHttp.client(stack, resolver,
          StackHttp.pool(stack, "webclient", Duration.ofSeconds(30), Duration.ZERO).build()));
    }
  }

  private static final String WEB = "10.0.0.2";

  private final Lab lab = Lab.virtual(81);
  private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
  private WebClient client;

  @BeforeEach
  void start() {
    Switch lan = lab.newSwitch("lan");
    NetworkStack asking = lab.host("client").address("10.0.0.1/24")
        .wire(wire -> wire.delay(Duration.ofMillis(5)).loss(0.01)).connectTo(lan).stack();
    NetworkStack web = lab.host("web").address(WEB + "/24").connectTo(lan).stack();
    DnsResolver resolver = DnsResolver.create(asking).hosts(Map.of("shop.example.lab", List.of(IpAddress.parse(WEB))));
    lab.await(StackHttp.server(web, new InetSocketAddress(WEB, 80))
        .handle(new ReactorHttpHandlerAdapter(application())).bind());

    context.registerBean(NetworkStack.class, () -> asking);
    context.registerBean(DnsResolver.class, () -> resolver);
    context.register(StackConnector.class);
    context.refresh();
    client = WebClient.builder().clientConnector(context.getBean(ReactorClientHttpConnector.class))
        .baseUrl("http://shop.example.lab").build();
  }

  private static HttpHandler application() {
    return RouterFunctions.toHttpHandler(RouterFunctions.route()
        .GET("/price/{item}", request -> ServerResponse.ok().bodyValue(request.pathVariable("item").length() + " EUR"))
        .GET("/all", request -> ServerResponse.ok().body(Flux.range(0, 10_000).map(i -> "item " + i + "\n"),
            String.class))
        .POST("/order", request -> request.bodyToMono(String.class)
            .flatMap(order -> ServerResponse.created(request.uri().resolve("/order/1")).bodyValue("ordered " + order)))
        .build());
  }

  @AfterEach
  void stop() {
    lab.run(context::close);
    lab.close();
  }

  @Test
  void getsAndPosts() {
    assertThat(lab.await(client.get().uri("/price/{item}", "apple").retrieve().bodyToMono(String.class)))
        .isEqualTo("5 EUR");
    assertThat(lab.await(client.post().uri("/order").bodyValue("3 apples").retrieve().bodyToMono(String.class)))
        .isEqualTo("ordered 3 apples");
  }

  @Test
  void readsAStream() {
    // Spring splits text into lines.
    assertThat(lab.await(client.get().uri("/all").retrieve().bodyToFlux(String.class).index()
        .filter(line -> line.getT2().equals("item " + line.getT1())).count())).isEqualTo(10_000);
  }

  @Test
  void sendsRequestsConcurrently() {
    assertThat(lab.await(Flux.range(1, 500)
        .flatMap(i -> client.get().uri("/price/{item}", "x".repeat(i)).retrieve().bodyToMono(String.class)
            .filter((i + " EUR")::equals), 20)
        .count())).isEqualTo(500);
  }

  @Test
  void errorsAreSprings() {
    assertThatThrownBy(() -> lab.await(client.get().uri("/nowhere").retrieve().bodyToMono(String.class)))
        .isInstanceOf(WebClientResponseException.NotFound.class);
  }
}
