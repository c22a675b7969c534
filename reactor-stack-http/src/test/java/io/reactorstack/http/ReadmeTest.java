package io.reactorstack.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.Capture;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.dns.DnsDescriber;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.server.Zone;
import io.reactorstack.dns.server.ZoneServer;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.icmp.PingResult;
import io.reactorstack.icmp.TraceOptions;
import io.reactorstack.lab.Effects;
import io.reactorstack.lab.Frames;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Scope;
import io.reactorstack.lab.Switch;
import io.reactorstack.nat.NatForwarding;
import io.reactorstack.nat.NatMapping;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.pathmtu.PathMtu;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.telemetry.Story;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.MulticastGroup;
import io.reactorstack.udp.ProbeChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;

/** Runs the examples of README.md and of the user's guide, and checks that each line of them is in this file. */
class ReadmeTest {

  private static final Logger log = LoggerFactory.getLogger(ReadmeTest.class);
  private static final Path SOURCE = Path.of("src/test/java/io/reactorstack/http/ReadmeTest.java");
  private static final Path README = Path.of("../README.md");
  private static final Path GUIDE = Path.of("../reactor-stack/docs/guide.md");

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
  void eachExampleOfTheReadmeIsRun() throws IOException {
    // The first example is in ReadmeLabTest of the module reactor-stack-test.
    assertThat(linesNotIn(SOURCE, examples(README).stream().filter(example -> !example.contains("@LabTest")).toList()))
        .isEmpty();
  }

  @Test
  void eachExampleOfTheGuideIsRun() throws IOException {
    // The example of an internet is in ReadmeLabTest of the module reactor-stack-test.
    assertThat(
        linesNotIn(SOURCE, examples(GUIDE).stream().filter(example -> !example.contains("Internet.in(")).toList()))
        .isEmpty();
  }

  private static List<String> examples(Path page) throws IOException {
    List<String> examples = Pattern.compile("(?s)```java\n(.*?)```").matcher(Files.readString(page)).results()
        .map(block -> block.group(1)).toList();
    assertThat(examples).isNotEmpty();
    return examples;
  }

  private static List<String> linesNotIn(Path source, List<String> examples) throws IOException {
    List<String> lines = Files.readString(source).lines().map(ReadmeTest::code).toList();
    return examples.stream().flatMap(String::lines).map(ReadmeTest::code)
        .filter(line -> !line.isEmpty() && !lines.contains(line)).toList();
  }

  /** Returns the line without indent, the declaration of a variable, and the comment. */
  private static String code(String line) {
    return line.strip().replaceFirst(" // .*", "").replaceFirst("^(?:private final )?[A-Z][\\w<>?., ]* \\w+ = ", "");
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
    System.out.print(client.wire().table());
    assertThat(client.wire().table()).contains("dropped: DROPPED");
  }

  @Test
  void switches() {
    ByteArrayOutputStream pcapng = new ByteArrayOutputStream();
    Capture capture = Capture.inVirtualTime(pcapng);
    Switch floor = lab.newSwitch("floor", s -> s.withTableSize(64).withAddressesPerPort(8));
    Host sales = lab.host("sales").on(floor.access(10), "10.0.10.1/24").start();
    floor.trunk(10, 20).attach(lab.newWire("uplink").left()); // tagged frames, to another switch
    floor.port("sales-floor").mirrorTo(capture); // or to another port
    System.out.print(lab.tables());
    int before = pcapng.size();
    lab.await(sales.stack().icmp().ping(IpAddress.parse("10.0.10.2")).onErrorComplete());
    assertThat(pcapng.size()).isGreaterThan(before);
    assertThat(lab.tables().of("floor").toString())
        .contains("02:00:0a:00:0a:01  sales-floor  sales", "trunk 10,20");
    capture.close();
  }

  @Test
  void routers() {
    Switch internet = lab.newSwitch("internet");
    Switch rooms = lab.newSwitch("rooms");
    lab.host("far").on(internet, "192.0.2.9/24").start();
    Host home = lab.router("home").on(internet, "192.0.2.1/24").on(rooms, "10.1.0.1/24")
        .nat(nat -> nat.withForwardings(List.of(
            NatForwarding.of(NatProtocol.TCP, 8080, new Endpoint(IpAddress.parse("10.1.0.2"), 80)))))
        .start();
    Host laptop = lab.host("laptop").on(rooms, "10.1.0.2/24").gateway("10.1.0.1").start();
    lab.await(laptop.stack().icmp().ping(IpAddress.parse("192.0.2.9")));
    System.out.print(lab.await(home.stack().natMappings()));
    assertThat(lab.await(home.stack().natMappings())).extracting(NatMapping::protocol)
        .containsExactlyInAnyOrder(NatProtocol.TCP, NatProtocol.ICMP);
  }

  @Test
  void tcp() {
    server.stack().tcp().listen(7)
        .flatMap(connection -> connection.send(connection.receive()).then(connection.close()))
        .subscribe();

    Mono<String> answer = client.stack().tcp().connect("10.0.0.2", 7)
        .flatMap(connection -> connection.send(Mono.just(text("hello")))
            .then(connection.shutdownOutput())
            .then(connection.receive().map(ReadmeTest::text).reduce("", String::concat)));

    assertThat(lab.await(answer)).isEqualTo("hello");
  }

  /** The report in the README is that of a peer that has crashed and started again, and that has forgotten the connection. */
  @Test
  void closeReport() throws IOException {
    server.stack().tcp().listen(7).flatMap(connection -> connection.receive().doOnNext(ByteBuf::release).then()
        .onErrorComplete()).subscribe();
    lab.at(Duration.ofSeconds(3)).run(server::crash);
    lab.at(Duration.ofSeconds(5)).run(server::restart);
    Flux<ByteBuf> messages = Flux.interval(Duration.ofSeconds(1), lab.scheduler())
        .map(i -> Unpooled.wrappedBuffer(new byte[100]));

    TcpConnection connection = lab.await(client.stack().tcp().connect("10.0.0.2", 7));
    connection.send(messages).onErrorComplete().subscribe();
    connection.onClose()
        .subscribe(report -> log.info("{}", report));

    String report = lab.await(connection.onClose()).toString();
    assertThat(report).startsWith("Peer 10.0.0.2:7 reset the connection");
    assertThat(Files.readString(README).replaceAll("\\s+", " ")).contains(report);
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
  void pathMtu() {
    long mark = 0x6d79_6170_702f_312eL;
    server.stack().udp().bind(7)
        .flatMapMany(socket -> ProbeChannel.on(socket, mark).receive())
        .subscribe(datagram -> datagram.release());

    Flux<PathMtu> discovery = client.stack().udp().connect(new InetSocketAddress("10.0.0.2", 7))
        .flatMapMany(socket -> {
          ProbeChannel channel = ProbeChannel.on(socket, mark);
          channel.receive().subscribe(datagram -> datagram.release());
          return socket.discoverPathMtu(channel);
        });

    PathMtu found = lab.await(discovery.filter(mtu -> mtu.phase() == PathMtu.Phase.SEARCH_COMPLETE).next());
    assertThat(found.maximumPayload()).isEqualTo(1472);
  }

  @Test
  void multicast() {
    Mono<String> received = server.stack().udp().bind(5353)
        .flatMap(socket -> socket.join(MulticastGroup.of("239.1.2.3").from("10.0.0.1"))
            .then(socket.receive().next().map(datagram -> text(datagram.payload()))));

    // Repeated, since the wire loses some datagrams.
    Mono<Void> sending = client.stack().udp().bind(0)
        .flatMap(socket -> socket.send(Flux.interval(Duration.ofSeconds(1), lab.scheduler())
            .map(i -> Datagram.to(new InetSocketAddress("239.1.2.3", 5353), text("hello")))));
    assertThat(lab.await(Mono.firstWithValue(received, sending.thenReturn("ended")))).isEqualTo("hello");
  }

  @Test
  void ping() {
    Mono<PingReply> ping = client.stack().icmp().ping(IpAddress.parse("10.0.0.2"));
    Mono<PathMtu> pathMtu = client.stack().icmp().pathMtu(IpAddress.parse("10.0.0.2"));
    PingReply reply = lab.await(ping);
    assertThat(lab.await(pathMtu).mtu()).isEqualTo(1500);
    assertThat(reply.roundTrip()).isGreaterThanOrEqualTo(Duration.ofMillis(40)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void pingResults() {
    PingOptions options = PingOptions.DEFAULT.count(3).interval(Duration.ofMillis(200));
    Flux<String> pings = client.stack().icmp().ping(IpAddress.parse("10.0.0.2"), options)
        .map(result -> switch (result) {
          case PingReply reply -> reply.from() + " after " + reply.roundTrip();
          case PingResult.Failed failed -> failed.failure().text() + ", says " + failed.failure().reporter();
          case PingResult.TimedOut silent -> "no answer";
        });
    assertThat(lab.await(pings.collectList())).hasSize(3).anyMatch(text -> text.startsWith("10.0.0.2 after PT0.0"));
  }

  @Test
  void trace() {
    Flux<String> path = client.stack().icmp().trace(IpAddress.parse("10.0.0.2"), TraceOptions.DEFAULT.tcp(443))
        .map(hop -> hop.distance() + " " + hop.hosts());
    assertThat(lab.await(path.collectList())).containsExactly("1 [10.0.0.2]");
  }

  @Test
  void httpByName() {
    Mono<? extends DisposableServer> bound = HttpServer.create().runOn(StackLoopResources.of(server.stack()))
        .host("10.0.0.2").port(80)
        .route(routes -> routes.get("/", (request, response) -> response.sendString(Mono.just("hello"))))
        .bind();
    lab.await(bound);
    lab.await(ZoneServer.create(server.stack())
        .zone(Zone.of("example.lab").address("www", server.address())).bind());

    DnsResolver resolver = DnsResolver.create(client.stack()).servers(server.address());
    HttpClient http = StackHttp.client(client.stack(), resolver);

    assertThat(lab.await(resolver.resolve("www.example.lab").collectList())).isEqualTo(List.of(server.address()));
    assertThat(lab.await(http.get().uri("http://www.example.lab/").responseContent().aggregate().asString()))
        .isEqualTo("hello");
  }

  @Test
  void pool() {
    httpByName();
    NetworkStack stack = client.stack();
    DnsResolver resolver = DnsResolver.create(stack).servers(server.address());

    ConnectionProvider pool = StackHttp.pool(stack, "pool", Duration.ofSeconds(30), Duration.ZERO).build();
    Mono<String> answer = StackHttp.client(stack, resolver, pool).get().uri("http://www.example.lab/")
        .responseContent().aggregate().asString()
        .retryWhen(StackHttp.onceMoreIfClosed());

    assertThat(lab.await(answer)).isEqualTo("hello");
    pool.dispose();
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

  /** Examples with a TAP device: compiled, not run here. */
  static HttpClient onTap() {
    NetworkDevice.Factory captured = Capture.toFile(Path.of("tap0.pcapng")).around(TapDevice.named("tap0"), "tap0");
    NetworkStack.create().device(captured, "192.0.2.2/24").startNow().dispose();

    NetworkStack stack = NetworkStack.create()
        .device(TapDevice.named("tap0"), "192.0.2.2/24")
        .gateway("192.0.2.1")
        .startNow();
    stack.configured(Duration.ofSeconds(30)).block(); // the address is probed first
    DnsResolver resolver = DnsResolver.create(stack).servers(IpAddress.parse("192.0.2.1"));
    HttpClient http = StackHttp.client(stack, resolver);
    return http;
  }

  /** The example with DHCP on a TAP device: compiled, not run here. */
  static DhcpLease byDhcp() {
    NetworkStack stack = NetworkStack.create().device(TapDevice.named("tap0")).dhcp().startNow();
    stack.configured(Duration.ofSeconds(30)).block(); // fails with what each interface waits for
    DhcpLease lease = stack.dhcp("tap0").lease().block(); // lease.dnsServers(), lease.options(), …
    return lease;
  }

  /** The example of autoconfiguration on a TAP device: compiled, not run here. */
  static NetworkStack byItself() {
    NetworkStack stack = NetworkStack.create().device(TapDevice.named("tap0")).autoconfigure().startNow();
    stack.configured(Duration.ofSeconds(30)).block();
    return stack;
  }
}
