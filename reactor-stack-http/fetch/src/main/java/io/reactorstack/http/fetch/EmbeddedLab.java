package io.reactorstack.http.fetch;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.reactorstack.NetworkStack;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.server.Zone;
import io.reactorstack.dns.server.ZoneServer;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Impairment;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.packet.IpAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * A simulated network in this process, in virtual time: a client, a DNS host and a web host on a switch. The web host
 * runs Reactor Netty's server.
 */
final class EmbeddedLab implements FetchNetwork {

  /** The URL of the page that the command fetches by default. */
  static final String DEFAULT_URL = "http://www.example.lab/";

  static final IpAddress CLIENT = IpAddress.parse("10.0.0.1");
  static final IpAddress DNS = IpAddress.parse("10.0.0.53");
  static final IpAddress WEB = IpAddress.parse("10.0.0.80");

  private static final String PAGE = """
      <!DOCTYPE html>
      <html lang="en">
      <head><title>www.example.lab</title></head>
      <body>
      <h1>A page from the lab</h1>
      <p>This page came from a simulated host over a simulated network. The TCP/IP of both hosts is reactor-stack,
      the HTTP of both hosts is Reactor Netty. Nothing left this process.</p>
      <p>Other pages: /bytes/N (N bytes), /silence (no answer at all).</p>
      </body>
      </html>
      """;

  private static final int PIECE = 16 * 1024;

  private final Lab lab;
  private final NetworkStack client;
  private final DnsResolver resolver;

  /**
   * Builds the world and starts its servers.
   *
   * @param impairment the impairment of the client's wire, in both directions
   * @param watching receives the client's host, to observe its frames
   */
  EmbeddedLab(long seed, UnaryOperator<Impairment> impairment, Consumer<Host> watching) {
    lab = Lab.virtual(seed);
    Switch lan = lab.newSwitch("lan");
    Host asking = lab.host("client").address(CLIENT + "/24").wire(impairment).connectTo(lan);
    watching.accept(asking);
    client = asking.stack();
    resolver = DnsResolver.create(client).servers(DNS);
    NetworkStack dns = lab.host("dns").address(DNS + "/24").connectTo(lan).stack();
    NetworkStack web = lab.host("web").address(WEB + "/24").connectTo(lan).stack();
    lab.await(ZoneServer.create(dns).zone(Zone.of("example.lab").address("www", WEB)).bind());
    lab.await(HttpServer.create()
        .runOn(StackLoopResources.of(web))
        .host(WEB.toString())
        .port(80)
        .protocol(HttpProtocol.H2C, HttpProtocol.HTTP11)
        .route(routes -> routes
            .get("/", (request, response) -> response.header(HttpHeaderNames.CONTENT_TYPE, "text/html; charset=utf-8")
                .header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(PAGE.getBytes(StandardCharsets.UTF_8).length))
                .sendString(Mono.just(PAGE)))
            .get("/bytes/{n}", EmbeddedLab::bytes)
            .get("/silence", (request, response) -> Mono.never()))
        .bind());
  }

  /** Sends the number of bytes given in the path; generates them while sending. */
  private static Mono<Void> bytes(HttpServerRequest request, HttpServerResponse response) {
    long total;
    try {
      total = Long.parseUnsignedLong(String.valueOf(request.param("n")));
    } catch (NumberFormatException e) {
      return response.sendNotFound();
    }
    Flux<ByteBuf> body = Flux.generate(() -> 0L, (sent, sink) -> {
      if (sent >= total) {
        sink.complete();
        return sent;
      }
      int size = (int) Math.min(PIECE, total - sent);
      sink.next(Unpooled.wrappedBuffer(pattern(sent, size)));
      return sent + size;
    });
    return response.header(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream")
        .header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(total)).send(body).then();
  }

  /** Returns bytes that differ from their neighbours and from bytes one segment or one buffer away. */
  static byte[] pattern(long from, int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      long at = from + i;
      bytes[i] = (byte) (at ^ at >>> 8 ^ at >>> 16 ^ at >>> 24);
    }
    return bytes;
  }

  /** Returns the names of the hosts for a story. */
  static Map<IpAddress, String> names() {
    return Map.of(CLIENT, "client", DNS, "dns", WEB, "web");
  }

  @Override
  public NetworkStack client() {
    return client;
  }

  @Override
  public DnsResolver resolver() {
    return resolver;
  }

  @Override
  public Duration now() {
    return lab.now();
  }

  @Override
  public Scheduler scheduler() {
    return lab.scheduler();
  }

  @Override
  public <T> @Nullable T await(Mono<T> mono) {
    return lab.await(mono);
  }

  @Override
  public void close() {
    lab.close();
  }
}
