package demo;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.server.Zone;
import io.reactorstack.dns.server.ZoneServer;
import io.reactorstack.http.StackHttp;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/**
 * Fetches a page in the lab. A client host resolves a name at a DNS host and fetches the page from a third host. Prints
 * one line for each protocol.
 */
public final class Page {

  private static final String URL = "http://www.example.lab/";

  private Page() {}

  public static void main(String[] args) {
    System.out.println("demo runs " + (Page.class.getModule().isNamed() ? "as a module" : "on the class path"));
    try (Lab lab = Lab.virtual(9)) {
      Switch lan = lab.newSwitch("lan");
      Host client = host(lab, "client", "10.0.0.1", lan);
      Host dns = host(lab, "dns", "10.0.0.53", lan);
      Host web = host(lab, "web", "10.0.0.80", lan);
      lab.await(ZoneServer.create(dns.stack()).zone(Zone.of("example.lab").address("www", web.address())).bind());
      lab.await(StackHttp.server(web.stack(), new InetSocketAddress("10.0.0.80", 80))
          .protocol(HttpProtocol.H2C, HttpProtocol.HTTP11)
          .compress(true)
          .route(routes -> routes
              .get("/", (request, response) -> response
                  .header(HttpHeaderNames.CONTENT_TYPE, "text/plain")
                  .sendString(Mono.just("a page over " + request.version().majorVersion())))
              .ws("/echo", (in, out) -> out.sendString(in.receive().asString().take(1))))
          .bind());
      DnsResolver resolver = DnsResolver.create(client.stack()).servers(dns.address());
      ConnectionProvider pool = StackHttp.pool(client.stack(), "demo", Duration.ofSeconds(30), Duration.ZERO).build();
      HttpClient http = StackHttp.client(client.stack(), resolver, pool).compress(true).responseTimeout(Duration.ofSeconds(30));
      for (HttpProtocol protocol : Arrays.asList(HttpProtocol.HTTP11, HttpProtocol.H2C)) {
        System.out.println(protocol + ": " + lab.await(http.protocol(protocol).get().uri(URL)
            .responseSingle((response, body) -> response.status().equals(HttpResponseStatus.OK)
                ? body.asString()
                : Mono.error(new IllegalStateException(response.status().toString())))));
      }
      System.out.println("websocket: " + lab.await(http.websocket().uri("ws://www.example.lab/echo")
          .handle((in, out) -> out.sendString(Mono.just("an echo")).then().thenMany(in.receive().asString().take(1)))
          .single()));
      // Let both sides close their connections before the lab closes.
      lab.await(pool.disposeLater().then(Mono.delay(Duration.ofSeconds(1), lab.scheduler())));
    }
  }

  private static Host host(Lab lab, String name, String address, Switch lan) {
    return lab.host(name).address(address + "/24").wire(wire -> wire.delay(Duration.ofMillis(5))).connectTo(lan);
  }
}
