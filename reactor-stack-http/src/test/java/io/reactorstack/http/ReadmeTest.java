package io.reactorstack.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.dns.DnsDescriber;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.server.Zone;
import io.reactorstack.dns.server.ZoneServer;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.lab.Effects;
import io.reactorstack.lab.Frames;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Scope;
import io.reactorstack.lab.Switch;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.telemetry.Story;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.MulticastGroup;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** Runs the examples of README.md; checks that the README contains exactly this code. */
class ReadmeTest {

  private final Lab lab = Lab.virtual(7);
  private final Switch lan = lab.newSwitch("lan");
  private final Host client = lab.host("client").address("10.0.0.1/24")
      .wire(wire -> wire.delay(Duration.ofMillis(20)).loss(0.02)).connectTo(lan);
  private final Host server = lab.host("server").address("10.0.0.2/24").connectTo(lan);

  @AfterEach
  void close() {
    lab.close();
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  private static String text(ByteBuf bytes) {
    String text = bytes.toString(StandardCharsets.UTF_8);
    bytes.release();
    return text;
  }

  @Test
  void trouble() {
    server.stack().tcp().listen(7).subscribe();
    client.wire().impair("delay 40ms 10ms distribution pareto loss gemodel 1% 10%");
    try (Scope lost = client.wire().with(Effects.dropNth(1, Frames.synAck()))) {
      lab.await(client.stack().tcp().connect("10.0.0.2", 7));
      assertThat(lost).isNotNull();
    }
    lab.partition(client, server);
    assertThat(client.wire().table()).contains("dropped: DROPPED");
  }

  @Test
  void tcp() {
    NetworkStack stack = client.stack();
    server.stack().tcp().listen(7)
        .flatMap(connection -> connection.send(connection.receive()).then(connection.close()))
        .subscribe();

    Mono<String> answer = stack.tcp().connect("10.0.0.2", 7)
        .flatMap(connection -> connection.send(Mono.just(text("hello")))
            .then(connection.shutdownOutput())
            .then(connection.receive().map(ReadmeTest::text).reduce("", String::concat)));

    assertThat(lab.await(answer)).isEqualTo("hello");
  }

  @Test
  void udp() {
    lab.await(server.stack().udp().bind(7)
        .doOnNext(socket -> socket.send(socket.receive().map(question -> question.reply(question.payload())))
            .onErrorComplete().subscribe()));

    Mono<String> answer = client.stack().udp().connect(new InetSocketAddress("10.0.0.2", 7))
        .flatMap(socket -> socket.send(Mono.just(Datagram.toPeer(text("hello"))))
            .then(socket.receive().next().map(datagram -> text(datagram.payload()))));

    assertThat(lab.await(answer)).isEqualTo("hello");
  }

  @Test
  void multicast() {
    Mono<String> heard = server.stack().udp().bind(5353)
        .flatMap(socket -> socket.join(MulticastGroup.of("239.1.2.3").from("10.0.0.1"))
            .then(socket.receive().next().map(datagram -> text(datagram.payload()))));

    // Send repeatedly, because the wire loses some datagrams.
    Mono<Void> talking = client.stack().udp().bind(0)
        .flatMap(socket -> socket.send(Flux.interval(Duration.ofSeconds(1), lab.scheduler())
            .map(i -> Datagram.to(new InetSocketAddress("239.1.2.3", 5353), text("hello")))));
    assertThat(lab.await(Mono.firstWithValue(heard, talking.thenReturn("ended")))).isEqualTo("hello");
  }

  @Test
  void ping() {
    PingReply reply = lab.await(client.stack().icmp().ping(IpAddress.parse("10.0.0.2")));
    assertThat(reply.roundTrip()).isGreaterThanOrEqualTo(Duration.ofMillis(40)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void httpByName() {
    HttpServer.create().runOn(StackLoopResources.of(server.stack())).host("10.0.0.2").port(80)
        .route(routes -> routes.get("/", (request, response) -> response.sendString(Mono.just("hello"))))
        .bind().as(lab::await);
    lab.await(ZoneServer.create(server.stack())
        .zone(Zone.of("example.lab").address("www", server.address())).bind());

    DnsResolver resolver = DnsResolver.create(client.stack()).servers(server.address());
    HttpClient http = StackHttp.client(client.stack(), resolver);

    assertThat(lab.await(resolver.resolve("www.example.lab"))).isEqualTo(List.of(server.address()));
    assertThat(lab.await(http.get().uri("http://www.example.lab/").responseContent().aggregate().asString()))
        .isEqualTo("hello");
  }

  @Test
  void lossInVirtualTime() {
    server.stack().tcp().listen(9)
        .flatMap(connection -> connection.send(Flux.range(0, 1000).map(i -> Unpooled.wrappedBuffer(new byte[1000])))
            .then(connection.close()))
        .subscribe();

    Mono<Integer> received = client.stack().tcp().connect("10.0.0.2", 9)
        .flatMap(connection -> connection.receive().map(bytes -> {
          int size = bytes.readableBytes();
          bytes.release();
          return size;
        }).reduce(0, Integer::sum));

    assertThat(lab.await(received)).isEqualTo(1_000_000);
    assertThat(lab.now()).isGreaterThan(Duration.ofMillis(100)); // time of the lab; the test itself takes an instant
  }

  @Test
  void story() {
    Story story = Story.builder().name(client.address(), "client").name(server.address(), "server")
        .udp(53, "DNS", DnsDescriber::describe).build();
    client.observe(story.observer());
    lab.await(client.stack().icmp().ping(server.address()));
    assertThat(story.text()).contains("client", "server", "ARP who has 10.0.0.2?");
  }
}
