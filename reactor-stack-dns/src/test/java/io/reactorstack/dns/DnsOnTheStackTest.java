package io.reactorstack.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.server.Zone;
import io.reactorstack.dns.server.ZoneServer;
import io.reactorstack.dns.wire.DnsCodec;
import io.reactorstack.dns.wire.MessageFraming;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.lab.Wire;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.CountingAllocator;
import io.reactorstack.testing.Inside;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpDrop;
import java.net.BindException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The resolver and the zone server, each on its own host, with a network between them, in virtual time. */
class DnsOnTheStackTest {

  private static final IpAddress DNS = IpAddress.parse("10.0.0.53");

  private final Lab lab = Lab.virtual(42);
  private final Switch junction = lab.newSwitch("switch");
  private final Map<String, Wire> wires = new HashMap<>();
  private final List<NetworkStack> hosts = new ArrayList<>();
  private final NetworkStack client = host("client", "10.0.0.2/24");
  private final NetworkStack server = host("dns", "10.0.0.53/24");
  private final DnsResolver resolver = DnsResolver.create(client).servers(DNS);

  private NetworkStack host(String name, String address) {
    Wire wire = lab.newWire(name, impairment -> impairment.delay(Duration.ofMillis(1)));
    wires.put(name, wire);
    junction.attach(wire.right());
    NetworkStack stack = lab.call(() -> UnprobedStack.create().name(name).runOn(lab.loop())
        .random(lab.random(name)).device(wire.left(), address).startNow());
    hosts.add(stack);
    return stack;
  }

  @BeforeEach
  void serve() {
    IpAddress[] many = new IpAddress[200];
    for (int i = 0; i < many.length; i++) {
      many[i] = IpAddress.parse("10.9.0." + i);
    }
    lab.await(ZoneServer.create(server)
        .zone(Zone.of("example.lab").address("www", IpAddress.parse("10.0.0.3")).alias("web", "www")
            .address("many", many))
        .bind());
  }

  @AfterEach
  void stop() {
    hosts.forEach(host -> lab.await(host.stop()));
    lab.close();
    for (NetworkStack host : hosts) {
      assertThat(host.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    }
  }

  private List<String> resolve(String host) {
    return lab.await(resolver.resolve(host).collectList()).stream().map(Object::toString).toList();
  }

  private DnsException.Reason reason(Publisher<?> resolution) {
    return lab.await(Flux.from(resolution).then(Mono.<DnsException.Reason>empty())
        .onErrorResume(DnsException.class, e -> Mono.just(e.reason())));
  }

  @Test
  void resolvesOverUdp() {
    assertThat(resolve("www.example.lab")).containsExactly("10.0.0.3");
    assertThat(resolve("web.example.lab")).containsExactly("10.0.0.3");
    assertThat(reason(resolver.resolve("no.example.lab"))).isEqualTo(DnsException.Reason.NAME_NOT_FOUND);
    assertThat(reason(resolver.lookup("www.example.lab", AddressType.AAAA))).isEqualTo(DnsException.Reason.NO_DATA);
    assertThat(reason(resolver.resolve("www.elsewhere.test"))).isEqualTo(DnsException.Reason.REFUSED);
  }

  @Test
  void servesTheCurrentContentOfAChangingZone() {
    AtomicReference<Zone> zone = new AtomicReference<>(Zone.of("moving.lab").address("a", IpAddress.parse("10.0.0.7")));
    lab.await(ZoneServer.create(server).port(5353).zone(zone::get).bind());
    DnsResolver asking = DnsResolver.create(client).servers(List.of(new Endpoint(DNS, 5353))).cacheSize(0);
    assertThat(lab.await(asking.resolve("a.moving.lab").collectList())).containsExactly(IpAddress.parse("10.0.0.7"));
    zone.set(zone.get().address("b", IpAddress.parse("10.0.0.8")));
    assertThat(lab.await(asking.resolve("b.moving.lab").collectList())).containsExactly(IpAddress.parse("10.0.0.8"));
    zone.set(Zone.of("moving.lab"));
    assertThat(reason(asking.resolve("a.moving.lab"))).isEqualTo(DnsException.Reason.NAME_NOT_FOUND);
  }

  @Test
  @Requirement("RFC1123-6.1.4.2-01")
  void aHostUsesItAsItsResolver() {
    Wire wire = lab.newWire("own", impairment -> impairment.delay(Duration.ofMillis(1)));
    junction.attach(wire.right());
    NetworkStack own = lab.call(() -> UnprobedStack.create().name("own").runOn(lab.loop()).random(lab.random("own"))
        .device(wire.left(), "10.0.0.3/24").resolver(stack -> DnsResolver.create(stack).servers(DNS)).startNow());
    hosts.add(own);
    own.tcp().listen(80).subscribe();
    assertThat(lab.await(own.tcp().connect("web.example.lab", 80)).remoteAddress().getAddress().getHostAddress())
        .isEqualTo("10.0.0.3");
    assertThatThrownBy(() -> lab.await(own.tcp().connect("no.example.lab", 80))).cause()
        .isInstanceOf(DnsException.class).hasMessage("no.example.lab: name not found, says 10.0.0.53:53");
    assertThatThrownBy(() -> lab.await(client.tcp().connect("web.example.lab", 80))).cause()
        .isInstanceOf(UnknownHostException.class).hasMessage("web.example.lab: this host has no resolver:"
            + " give it one with StackConfiguration.resolver, or use an IP address");
  }

  @Test
  @Requirement({"RFC1035-4.2.1-02", "RFC7766-5-02", "RFC1035-4.2.2-01"})
  void resolvesOverTcpIfTheAnswerDoesNotFitADatagram() {
    assertThat(resolve("many.example.lab")).hasSize(200).contains("10.9.0.199");
    lab.advance(Duration.ofMinutes(5));
    assertThat(lab.call(() -> Inside.shard(client).tcp().connections())).isZero();
    assertThat(lab.call(() -> Inside.shard(server).tcp().connections())).isZero();
  }

  @Test
  void retriesRecoverFromLoss() {
    // Resolve the neighbours first; this test is not about ARP on a lossy wire.
    resolve("www.example.lab");
    wires.get("client").impair(impairment -> impairment.loss(0.4));
    int resolved = 0;
    for (int i = 0; i < 40; i++) {
      lab.await(resolver.clearCache());
      // Wait, because a neighbour that was unreachable gets no new ARP request at the same instant.
      lab.advance(Duration.ofSeconds(5));
      List<IpAddress> addresses = lab.await(resolver.resolve("www.example.lab").collectList().onErrorReturn(List.of()));
      resolved += addresses.isEmpty() ? 0 : 1;
    }
    // A single try succeeds with a probability of 36 %, one of three tries with 74 %: 14 and 29 of 40.
    assertThat(resolved).isBetween(24, 36);
  }

  @Test
  void aHostWithoutAServerFailsImmediately() {
    NetworkStack idle = host("idle", "10.0.0.54/24");
    Duration start = lab.now();
    assertThat(reason(resolver.servers(IpAddress.parse("10.0.0.54")).resolve("www.example.lab")))
        .isEqualTo(DnsException.Reason.UNREACHABLE);
    assertThat(lab.now().minus(start)).as("failed by ICMP, not by a timeout").isLessThan(Duration.ofSeconds(1));
    assertThat(idle.drops().get(UdpDrop.NO_SOCKET)).isEqualTo(1);
  }

  @Test
  void headerOnlyRefusalLeadsToTheNextServerImmediately() {
    NetworkStack refusing = host("refusing", "10.0.0.54/24");
    lab.await(refusing.udp().bind(53).doOnNext(udp -> udp.send(udp.receive().map(query -> {
      byte[] header = ByteBufUtil.getBytes(query.payload(), query.payload().readerIndex(), 2);
      query.release();
      byte[] refusal = {header[0], header[1], (byte) 0x81, 5, 0, 0, 0, 0, 0, 0, 0, 0};
      return query.reply(Unpooled.wrappedBuffer(refusal));
    })).subscribe()));
    Duration start = lab.now();
    assertThat(reason(resolver.servers(IpAddress.parse("10.0.0.54")).resolve("www.example.lab")))
        .isEqualTo(DnsException.Reason.REFUSED);
    assertThat(lab.await(resolver.servers(IpAddress.parse("10.0.0.54"), DNS).resolve("www.example.lab").collectList()))
        .containsExactly(IpAddress.parse("10.0.0.3"));
    assertThat(lab.now().minus(start)).as("a few round trips of 4 ms").isLessThan(Duration.ofMillis(50));
  }

  @Test
  void aRefusedSearchDomainLeadsToTheNext() {
    DnsResolver searching = resolver.searchDomains(1, "elsewhere.test", "example.lab");
    assertThat(lab.await(searching.resolve("www").collectList())).containsExactly(IpAddress.parse("10.0.0.3"));
    assertThat(reason(searching.resolve("none"))).as("not found in one of three")
        .isEqualTo(DnsException.Reason.REFUSED);
  }

  @Test
  void aServerWithoutARouteIsUnreachableImmediately() {
    assertThat(reason(resolver.servers(IpAddress.parse("192.0.2.1")).resolve("www.example.lab")))
        .isEqualTo(DnsException.Reason.UNREACHABLE);
  }

  @Test
  @Requirement({"RFC5452-9.2-01", "RFC5452-9.2-02", "RFC5452-9.2.1-01"})
  void eachQueryUsesItsOwnRandomPort() {
    Set<Integer> ports = new HashSet<>();
    List<Integer> ids = new ArrayList<>();
    NetworkStack silent = host("silent", "10.0.0.55/24");
    lab.await(silent.udp().bind(53).doOnNext(udp -> udp.receive().subscribe(query -> {
      ports.add(query.remote().port());
      ids.add(query.payload().getUnsignedShort(query.payload().readerIndex()));
      query.release();
    })));
    DnsResolver many = resolver.servers(IpAddress.parse("10.0.0.55")).retries(0);
    lab.await(
        Flux.range(0, 300).flatMap(i -> many.resolve("n" + i + ".lab").onErrorResume(e -> Mono.empty()), 30).then());
    assertThat(ids).hasSize(300);
    assertThat(ports).as("300 of 64512 ports, about one drawn twice but free again").hasSizeGreaterThan(295);
    assertThat(ports.stream().mapToInt(port -> port).max().orElse(0)).isGreaterThan(60_000);
    assertThat(ports.stream().mapToInt(port -> port).min().orElse(0)).isBetween(1024, 5_000);
    long steps = 0;
    for (int i = 1; i < ids.size(); i++) {
      steps += ids.get(i) - ids.get(i - 1) == 1 ? 1 : 0;
    }
    assertThat(steps).as("consecutive ids").isLessThan(5);
  }

  @Test
  @Requirement({"RFC5452-9.1-01", "RFC5452-9.1-02", "RFC2181-4.2-01"})
  void answersFromAnotherAddressOrPortAreIgnored() {
    NetworkStack victim = host("victim", "10.0.0.56/24");
    NetworkStack forger = host("forger", "10.0.0.66/24");
    var forging = lab.await(forger.udp().bind(53));
    var wrongPort = lab.await(victim.udp().bind(5353));
    lab.await(victim.udp().bind(53).doOnNext(udp -> udp.send(udp.receive().concatMap(query -> {
      byte[] octets = ByteBufUtil.getBytes(query.payload());
      query.release();
      Endpoint asker = query.remote();
      return forging.send(Mono.just(Datagram.to(asker, Unpooled.wrappedBuffer(answer(octets, "6.6.6.6")))))
          .then(wrongPort.send(Mono.just(Datagram.to(asker, Unpooled.wrappedBuffer(answer(octets, "6.6.6.7"))))))
          .then(Mono.delay(Duration.ofMillis(500), lab.scheduler()))
          .thenReturn(Datagram.to(asker, Unpooled.wrappedBuffer(answer(octets, "10.0.0.3"))));
    })).onErrorComplete().subscribe()));
    List<IpAddress> resolved = lab.await(
        resolver.servers(IpAddress.parse("10.0.0.56")).resolve("www.example.lab").collectList());
    assertThat(resolved).containsExactly(IpAddress.parse("10.0.0.3"));
    assertThat(client.drops().get(UdpDrop.NO_SOCKET)).isEqualTo(2);
  }

  private static byte[] answer(byte[] query, String address) {
    Message answer = FakeServers.response(FakeServers.decode(query));
    answer.addRecord(FakeServers.a("www.example.lab", 60, address), Section.ANSWER);
    return answer.toWire();
  }

  /** Starts a server that sends its answer over TCP in pieces of one octet, one every {@code pause}. */
  private DnsResolver askingADrippingServer(Duration pause) {
    NetworkStack dripping = host("dripping", "10.0.0.55/24");
    lab.run(() -> dripping.tcp().listen(53).flatMap(connection -> connection
        .send(MessageFraming.messages(connection.receive())
            .concatMap(query -> Flux.fromIterable(octets(MessageFraming.frame(answer(query, "10.0.0.3")))))
            .concatMap(octet -> Mono.delay(pause, lab.scheduler()).thenReturn(octet)))
        .onErrorComplete()).subscribe());
    return resolver.servers(IpAddress.parse("10.0.0.55")).tcpOnly(true).retries(0);
  }

  private static List<ByteBuf> octets(ByteBuf message) {
    List<ByteBuf> octets = new ArrayList<>();
    while (message.isReadable()) {
      octets.add(Unpooled.buffer(1).writeByte(message.readByte()));
    }
    message.release();
    return octets;
  }

  @Test
  void anAnswerMayComeOneOctetAtATime() {
    assertThat(lab.await(askingADrippingServer(Duration.ofMillis(20)).resolve("www.example.lab").collectList()))
        .containsExactly(IpAddress.parse("10.0.0.3"));
  }

  @Test
  void anAnswerThatDripsForTooLongIsGivenUp() {
    Duration start = lab.now();
    assertThat(reason(askingADrippingServer(Duration.ofSeconds(4)).resolve("www.example.lab")))
        .isEqualTo(DnsException.Reason.TIMEOUT);
    assertThat(lab.now().minus(start)).isLessThan(Duration.ofSeconds(30));
    lab.advance(Duration.ofMinutes(10));
    assertThat(lab.call(() -> Inside.shard(client).tcp().connections())).as("connections that stay open").isZero();
  }

  @Test
  void cancellingClosesThePort() {
    NetworkStack slow = host("slow", "10.0.0.55/24");
    lab.await(slow.udp().bind(53).doOnNext(udp -> udp.send(udp.receive().map(query -> {
      byte[] octets = ByteBufUtil.getBytes(query.payload());
      query.release();
      return Datagram.to(query.remote(), Unpooled.wrappedBuffer(answer(octets, "10.0.0.3")));
    }).delayElements(Duration.ofSeconds(1), lab.scheduler())).onErrorComplete().subscribe()));
    List<Object> signals = new ArrayList<>();
    Disposable resolution = lab.call(() -> resolver.servers(IpAddress.parse("10.0.0.55"))
        .resolve("www.example.lab").doOnEach(signals::add).subscribe());
    lab.advance(Duration.ofMillis(500));
    lab.run(resolution::dispose);
    lab.advance(Duration.ofSeconds(10));
    assertThat(client.drops().get(UdpDrop.NO_SOCKET)).as("the answer arrived at a closed port").isEqualTo(1);
    assertThat(signals).isEmpty();
  }

  @Test
  void allocationFailureFailsOneQueryOnly() {
    CountingAllocator memory = new CountingAllocator();
    Wire wire = lab.newWire("poor", impairment -> impairment.delay(Duration.ofMillis(1)));
    junction.attach(wire.right());
    NetworkStack poor = lab.call(() -> UnprobedStack.create().name("poor").runOn(lab.loop()).random(lab.random("poor"))
        .allocator(memory).device(wire.left(), "10.0.0.60/24").startNow());
    hosts.add(poor);
    DnsResolver resolves = DnsResolver.create(poor).servers(DNS);
    memory.failBetween(1, 100);
    assertThat(reason(resolves.resolve("www.example.lab"))).isEqualTo(DnsException.Reason.UNREACHABLE);
    assertThat(memory.hasFailed()).isTrue();
    memory.recover();
    lab.advance(Duration.ofSeconds(6)); // the failure is cached for five seconds
    assertThat(lab.await(resolves.resolve("www.example.lab").collectList()))
        .containsExactly(IpAddress.parse("10.0.0.3"));
    memory.failAt(1);
    lab.await(resolves.clearCache());
    assertThat(reason(resolves.resolve("www.example.lab"))).isEqualTo(DnsException.Reason.UNREACHABLE);
    lab.advance(Duration.ofSeconds(6));
    assertThat(lab.await(resolves.resolve("many.example.lab").collectList())).as("over TCP").hasSize(200);
  }

  @Test
  void theServerSurvivesAllocationFailures() {
    CountingAllocator memory = new CountingAllocator();
    Wire wire = lab.newWire("poor", impairment -> impairment.delay(Duration.ofMillis(1)));
    junction.attach(wire.right());
    NetworkStack poor = lab.call(() -> UnprobedStack.create().name("poor").runOn(lab.loop()).random(lab.random("poor"))
        .allocator(memory).device(wire.left(), "10.0.0.61/24").startNow());
    hosts.add(poor);
    IpAddress[] many = new IpAddress[200];
    java.util.Arrays.setAll(many, i -> IpAddress.parse("10.9.0." + i));
    lab.await(ZoneServer.create(poor).zone(Zone.of("poor.lab").address("www", DNS).address("many", many)).bind());
    DnsResolver asking = resolver.servers(IpAddress.parse("10.0.0.61")).cacheSize(0);
    for (int n = 1; n <= 12; n++) {
      for (String name : List.of("www.poor.lab", "many.poor.lab")) {
        memory.failAt(n);
        lab.await(asking.resolve(name).collectList().onErrorReturn(List.of()));
        memory.recover();
        lab.advance(Duration.ofSeconds(30));
        assertThat(lab.await(asking.resolve(name).collectList())).as(name + " after allocation " + n).isNotEmpty();
      }
    }
    lab.advance(Duration.ofMinutes(5));
    assertThat(memory.live()).isZero();
  }

  // ---- the server

  @Test
  @Requirement({"RFC7766-8-02", "RFC1035-4.2.2-02"})
  void theServerAnswersSeveralQueriesOnOneConnectionAndClosesIdleOnes() {
    byte[] one = DnsCodec.query(1, new Question(FakeServers.name("www.example.lab"), Type.A), true, null);
    byte[] two = DnsCodec.query(2, new Question(FakeServers.name("web.example.lab"), Type.A), true, null);
    Duration start = lab.now();
    List<byte[]> answers = lab.await(client.tcp().connect("10.0.0.53", 53).flatMap(connection -> connection
        .send(Flux.just(MessageFraming.frame(one), MessageFraming.frame(two)))
        .thenMany(MessageFraming.messages(connection.receive())).collectList()
        .delayUntil(all -> connection.close())));
    assertThat(answers).hasSize(2);
    assertThat(FakeServers.decode(answers.get(1)).getHeader().getID()).isEqualTo(2);
    assertThat(lab.now().minus(start)).as("time at which the server closed").isBetween(Duration.ofSeconds(10),
        Duration.ofSeconds(11));
  }

  @Test
  void theServerSurvivesMalformedQueries() {
    var udp = lab.await(client.udp().bind(0));
    lab.await(udp.send(Flux.range(0, 300)
        .map(i -> Datagram.to(new Endpoint(DNS, 53), Unpooled.wrappedBuffer(new byte[i % 40])))));
    lab.advance(Duration.ofSeconds(1));
    lab.await(udp.close());
    lab.await(client.tcp().connect("10.0.0.53", 53)
        .flatMap(c -> c.send(Mono.just(Unpooled.wrappedBuffer(new byte[] {0, 3, 1, 2, 3, 0}))).then(c.close())));
    assertThat(resolve("www.example.lab")).containsExactly("10.0.0.3");
  }

  @Test
  void disposingTheServerFreesItsPorts() {
    ZoneServer second = ZoneServer.create(server).port(5300);
    Disposable bound = lab.await(second.bind());
    assertThatThrownBy(() -> lab.await(second.bind())).hasRootCauseInstanceOf(BindException.class);
    lab.run(bound::dispose);
    lab.advance(Duration.ofMillis(10));
    lab.run(lab.await(second.bind())::dispose);
  }
}
