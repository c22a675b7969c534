package io.reactorstack.dns.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.outcome.DnsDrop;
import io.reactorstack.dns.wire.MessageFraming;
import io.reactorstack.lab.DhcpServer;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.lab.Wire;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.CountingAllocator;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.Type;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A client inside, a gateway that forwards queries, and two servers outside. */
class DnsForwarderTest {

  private static final String GATEWAY = "10.0.0.1";
  private static final IpAddress FIRST = IpAddress.parse("192.0.2.53");
  private static final IpAddress SECOND = IpAddress.parse("192.0.2.54");
  private static final Endpoint FORWARDER = new Endpoint(IpAddress.parse(GATEWAY), 53);

  /** A query as a server has received it. */
  private record Seen(Endpoint from, byte[] octets, boolean tcp) {
    int id() {
      return (octets[0] & 0xff) << 8 | octets[1] & 0xff;
    }
  }

  private final Lab lab = Lab.virtual(5);
  private final Switch inside = lab.newSwitch("inside");
  private final Switch outside = lab.newSwitch("outside");
  private final Host gateway = lab.router("gateway").on(outside, "192.0.2.1/24").on(inside, GATEWAY + "/24")
      .nat(nat -> nat).start();
  private final Host client = lab.host("client").on(inside, "10.0.0.2/24").gateway(GATEWAY).start();
  private final Host first = lab.host("first").on(outside, FIRST + "/24").start();
  private final Host second = lab.host("second").on(outside, SECOND + "/24").start();
  private final List<Seen> seen = new ArrayList<>();
  private DnsForwarder forwarder = DnsForwarder.create(gateway.stack()).servers(FIRST, SECOND);

  @AfterEach
  void close() {
    ServerBench.close(lab);
  }

  private Disposable forward() {
    return lab.await(forwarder.bind());
  }

  /** Lets {@code host} answer each query by {@code answer}, over UDP and TCP; {@code null} for no answer. */
  private void serve(Host host, UnaryOperator<byte @Nullable []> answer) {
    UdpConnection udp = lab.await(host.stack().udp().bind(53));
    udp.send(udp.receive().mapNotNull(query -> {
      byte[] octets = ByteBufUtil.getBytes(query.payload());
      query.release();
      seen.add(new Seen(query.remote(), octets, false));
      byte[] reply = answer.apply(octets);
      return reply == null ? null : query.reply(Unpooled.wrappedBuffer(reply));
    })).onErrorComplete().subscribe();
    host.stack().tcp().listen(53).flatMap(connection -> connection.send(
        MessageFraming.messages(connection.receive()).mapNotNull(octets -> {
          seen.add(new Seen(Endpoint.of(connection.remoteAddress()), octets, true));
          byte[] reply = answer.apply(octets);
          return reply == null ? null : MessageFraming.frame(reply);
        })).then(connection.close()).onErrorComplete()).subscribe();
  }

  /** Returns the query with QR and {@code more} octets at its end, of which no server would know the meaning. */
  private static byte[] echo(byte[] query, int more) {
    byte[] answer = Arrays.copyOf(query, query.length + more);
    Arrays.fill(answer, query.length, answer.length, (byte) 0xa5);
    answer[2] |= (byte) 0x80;
    return answer;
  }

  private static Message message(int id, String name, int type, int dclass) {
    Message query = new Message(id);
    query.getHeader().setFlag(Flags.RD);
    query.addRecord(Record.newRecord(Name.fromConstantString(name), type, dclass), Section.QUESTION);
    return query;
  }

  private static byte[] query(int id) {
    return message(id, "www.example.lab.", Type.A, DClass.IN).toWire();
  }

  /** Sends queries from one port of the client and returns what arrives within ten seconds. */
  private List<byte[]> ask(byte[]... queries) {
    List<byte[]> answers = new ArrayList<>();
    UdpConnection udp = lab.await(client.stack().udp().bind(0));
    udp.receive().subscribe(answer -> {
      assertThat(answer.remote()).isEqualTo(FORWARDER);
      answers.add(ByteBufUtil.getBytes(answer.payload()));
      answer.release();
    });
    for (byte[] query : queries) {
      lab.await(udp.send(Mono.just(Datagram.to(FORWARDER, Unpooled.wrappedBuffer(query)))));
    }
    lab.advance(Duration.ofSeconds(20));
    lab.await(udp.close());
    return answers;
  }

  private List<byte[]> askOverTcp(byte[]... queries) {
    return lab.await(client.stack().tcp().connect(GATEWAY, 53).flatMap(connection -> connection
        .send(Flux.fromArray(queries).map(MessageFraming::frame))
        .thenMany(MessageFraming.messages(connection.receive())).collectList()
        .delayUntil(all -> connection.close())));
  }

  /** Expects that a message passes both ways unchanged save its ID, over UDP and TCP. */
  private void expectUnchanged(byte[] query, UnaryOperator<byte[]> answer) {
    serve(first, answer::apply);
    forward();
    byte[] expected = answer.apply(query);
    assertThat(ask(query)).containsExactly(expected);
    assertThat(askOverTcp(query)).containsExactly(expected);
    assertThat(seen).hasSize(2).allSatisfy(one -> {
      assertThat(one.octets).hasSameSizeAs(query);
      assertThat(Arrays.copyOfRange(one.octets, 2, query.length)).isEqualTo(Arrays.copyOfRange(query, 2, query.length));
    });
    assertThat(seen).extracting(Seen::tcp).containsExactly(false, true);
  }

  @Test
  @Requirement({"RFC5625-4.1-01", "RFC5625-4.3-01"})
  void unknownFlagsTypesAndClassesPass() {
    byte[] query = message(7, "www.example.lab.", 65_333, 4711).toWire();
    query[2] |= 0x26; // opcode 4, AA and TC
    query[3] |= (byte) 0xf5; // RA, Z, AD, CD and a response code
    expectUnchanged(query, octets -> echo(octets, 0));
  }

  @Test
  @Requirement({"RFC5625-4.2-01", "RFC5625-4.3-02"})
  void compressedNamesAndUnknownRecordsPass() {
    byte[] query = query(7);
    expectUnchanged(query, octets -> {
      Message answer = message((octets[0] & 0xff) << 8 | octets[1] & 0xff, "www.example.lab.", Type.A, DClass.IN);
      answer.getHeader().setFlag(Flags.QR);
      Name name = Name.fromConstantString("www.example.lab.");
      answer.addRecord(Record.newRecord(name, 65_001, 77, 5, new byte[] {1, 2, 3}), Section.ANSWER);
      byte[] compressed = answer.toWire();
      assertThat(compressed.length).isLessThan(octets.length + 16);
      return compressed;
    });
  }

  @Test
  @Requirement({"RFC5625-3-01", "RFC5625-4.5-01"})
  void optionsAndSignaturesPass() {
    Message query = message(7, "www.example.lab.", Type.A, DClass.IN);
    query.addRecord(new OPTRecord(4096, 0, 0, 0x8000), Section.ADDITIONAL);
    new TSIG(TSIG.HMAC_SHA256, "key.", "c2VjcmV0").apply(query, null);
    expectUnchanged(query.toWire(), octets -> echo(octets, 11));
  }

  @Test
  @Requirement("RFC5625-3-03")
  void messagesThatSeemToBeMalformedPass() {
    byte[] query = query(7);
    query[12] = 63; // a label that is longer than the message
    expectUnchanged(query, octets -> echo(octets, 3));
    byte[] empty = new byte[12]; // without a question (RFC 7873 section 5.4)
    assertThat(ask(empty)).containsExactly(echo(empty, 3));
  }

  @Test
  @Requirement({"RFC5625-4.4-01", "RFC5625-4.4.2-01"})
  void longDatagramsPass() {
    Message query = message(7, "www.example.lab.", Type.A, DClass.IN);
    query.addRecord(new OPTRecord(4096, 0, 0, 0), Section.ADDITIONAL);
    expectUnchanged(query.toWire(), octets -> echo(octets, 4096 - octets.length));
  }

  @Test
  @Requirement({"RFC5625-4.4-03", "RFC5625-4.4.1-01"})
  void aTruncatedResponsePassesAndItsRepetitionOverTcpReachesTheServer() {
    IpAddress[] many = new IpAddress[200];
    Arrays.setAll(many, i -> IpAddress.parse("10.9.0." + i));
    lab.await(ZoneServer.create(first.stack()).zone(Zone.of("example.lab").address("www", many)).bind());
    forward();
    byte[] truncated = ask(query(7)).getFirst();
    assertThat(truncated.length).isLessThanOrEqualTo(512);
    assertThat(truncated[2] & 2).as("TC").isNotZero();
    DnsResolver resolver = DnsResolver.create(client.stack()).servers(FORWARDER.address());
    assertThat(lab.await(resolver.resolve("www.example.lab").collectList())).hasSize(200);
    assertThat(gateway.stack().drops().snapshot()).isEmpty();
  }

  @Test
  @Requirement({"RFC5625-4.4.1-02", "RFC5625-4.4.1-03"})
  void aConnectionCarriesSeveralQueriesEachOverTcp() {
    serve(first, octets -> echo(octets, 1));
    forward();
    assertThat(askOverTcp(query(1), query(2), query(3))).extracting(octets -> (int) octets[1])
        .containsExactlyInAnyOrder(1, 2, 3);
    assertThat(seen).hasSize(3).allMatch(Seen::tcp);
  }

  @Test
  void aZoneTransferHasSeveralMessages() {
    first.stack().tcp().listen(53).flatMap(connection -> connection.send(
        MessageFraming.messages(connection.receive()).take(1).flatMap(octets -> Flux.range(0, 5)
            .map(i -> MessageFraming.frame(echo(octets, i))).delayElements(Duration.ofSeconds(1), lab.scheduler())))
        .then(connection.close())).subscribe();
    forward();
    byte[] query = message(9, "example.lab.", Type.AXFR, DClass.IN).toWire();
    assertThat(askOverTcp(query)).extracting(octets -> octets.length - query.length).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  @Requirement("RFC5625-6.1-01")
  void eachQueryHasItsOwnRandomIdAndPort() {
    serve(first, octets -> echo(octets, 0));
    forward();
    byte[][] queries = new byte[200][];
    Arrays.setAll(queries, DnsForwarderTest::query);
    assertThat(ask(queries)).hasSize(200);
    Set<Integer> ids = new HashSet<>(seen.stream().map(Seen::id).toList());
    Set<Integer> ports = new HashSet<>(seen.stream().map(one -> one.from.port()).toList());
    assertThat(ids).hasSizeGreaterThan(195).anyMatch(id -> id > 60_000).anyMatch(id -> id < 5_000);
    assertThat(ports).hasSizeGreaterThan(195).anyMatch(port -> port > 60_000);
    assertThat(seen.get(1).id() - seen.get(0).id()).isNotEqualTo(1);
  }

  @Test
  @Requirement("RFC5625-6.2-01")
  void nobodyOutsideIsServed() {
    serve(first, octets -> echo(octets, 0));
    forwarder = forwarder.listenOn(FORWARDER.address());
    forward();
    DnsResolver stranger = DnsResolver.create(second.stack()).servers(IpAddress.parse("192.0.2.1"));
    assertThatThrownBy(() -> lab.await(stranger.resolve("www.example.lab").next())).hasMessageContaining("DNS server");
    assertThat(seen).isEmpty();
    assertThat(ask(query(1))).hasSize(1);
  }

  @Test
  void onlyItsClientsAreServed() {
    serve(first, octets -> echo(octets, 0));
    forwarder = forwarder.clients(IpPrefix.parse("10.0.0.0/30"));
    forward();
    DnsResolver stranger = DnsResolver.create(second.stack()).servers(IpAddress.parse("192.0.2.1")).retries(0);
    assertThatThrownBy(() -> lab.await(stranger.resolve("www.example.lab").next())).hasMessageContaining("no answer");
    Long octets = lab.await(second.stack().tcp().connect("192.0.2.1", 53).flatMap(connection -> connection
        .send(Mono.just(MessageFraming.frame(query(3)))).thenMany(connection.receive()).count()
        .delayUntil(n -> connection.close())));
    assertThat(octets).isZero();
    assertThat(gateway.stack().drops().get(ServerDrop.NOT_A_CLIENT)).isEqualTo(2);
    assertThat(ask(query(1))).hasSize(1);
  }

  @Test
  @Requirement("RFC5625-3-02")
  void otherServersAreQueriedThroughTheGatewayAsIfItWereNotThere() {
    List<byte[]> arrived = new ArrayList<>();
    serve(second, octets -> {
      arrived.add(octets);
      return echo(octets, 900);
    });
    forward();
    byte[] query = query(77);
    UdpConnection udp = lab.await(client.stack().udp().bind(0));
    lab.await(udp.send(Mono.just(Datagram.to(new Endpoint(SECOND, 53), Unpooled.wrappedBuffer(query)))));
    byte[] answer = lab.await(udp.receive().next().map(datagram -> {
      byte[] octets = ByteBufUtil.getBytes(datagram.payload());
      datagram.release();
      return octets;
    }));
    lab.await(udp.close());
    assertThat(arrived).containsExactly(query);
    assertThat(answer).isEqualTo(echo(query, 900));
  }

  @Test
  @Requirement("RFC5625-5.1-01")
  void itsDhcpServerNamesOtherServersIfSaid() {
    lab.host("dhcp").on(inside, "10.0.0.9/24")
        .runs(DhcpServer.of("10.0.0.100", "10.0.0.110").router(GATEWAY).dnsServers("192.0.2.54")).start();
    Host guest = lab.host("guest").on(inside).start();
    lab.await(guest.stack().configured(Duration.ofSeconds(30)));
    assertThat(guest.stack().dns().servers()).containsExactly(SECOND);
  }

  // ---- failures

  @Test
  void aSilentServerLeadsToTheNextAndComesLastForAWhile() {
    serve(first, octets -> null);
    serve(second, octets -> echo(octets, 0));
    forward();
    UdpConnection udp = lab.await(client.stack().udp().bind(0));
    List<Duration> waits = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Duration start = lab.now();
      lab.await(udp.send(Mono.just(Datagram.to(FORWARDER, Unpooled.wrappedBuffer(query(i))))));
      lab.await(udp.receive().next().doOnNext(Datagram::release));
      waits.add(lab.now().minus(start));
    }
    lab.await(udp.close());
    assertThat(waits.get(0)).isBetween(Duration.ofMillis(999), Duration.ofMillis(1100));
    assertThat(waits.get(1)).isLessThan(Duration.ofMillis(100));
  }

  @Test
  void aLateAnswerIsAcceptedWhileTheNextServerIsQueried() {
    UdpConnection udp = lab.await(first.stack().udp().bind(53));
    udp.send(udp.receive().map(query -> {
      byte[] octets = ByteBufUtil.getBytes(query.payload());
      query.release();
      return query.reply(Unpooled.wrappedBuffer(echo(octets, 2)));
    }).delayElements(Duration.ofMillis(1500), lab.scheduler())).onErrorComplete().subscribe();
    serve(second, octets -> null);
    forward();
    assertThat(ask(query(1))).containsExactly(echo(query(1), 2));
    lab.await(udp.close());
  }

  @Test
  void aServerThatIsNotThereLeadsToTheNextImmediately() {
    serve(second, octets -> echo(octets, 0));
    forward();
    Duration start = lab.now();
    UdpConnection udp = lab.await(client.stack().udp().bind(0));
    lab.await(udp.send(Mono.just(Datagram.to(FORWARDER, Unpooled.wrappedBuffer(query(1))))));
    lab.await(udp.receive().next().doOnNext(Datagram::release));
    lab.await(udp.close());
    assertThat(lab.now().minus(start)).isLessThan(Duration.ofMillis(100));
    assertThat(askOverTcp(query(2))).as("a refused connection").hasSize(1);
  }

  @Test
  void theClientGetsServfailIfNoServerAnswers() throws Exception {
    serve(first, octets -> null);
    forward();
    List<byte[]> all = ask(query(5));
    all.addAll(askOverTcp(query(5)));
    assertThat(all).hasSize(2);
    for (byte[] octets : all) {
      Message answer = new Message(octets);
      assertThat(answer.getHeader().getID()).isEqualTo(5);
      assertThat(answer.getHeader().getRcode()).isEqualTo(Rcode.SERVFAIL);
      assertThat(answer.getHeader().getOpcode()).isEqualTo(Opcode.QUERY);
      assertThat(answer.getHeader().getFlag(Flags.QR)).isTrue();
      assertThat(answer.getHeader().getFlag(Flags.RD)).isTrue();
      assertThat(answer.getQuestion().getName()).hasToString("www.example.lab.");
    }
    assertThat(seen.stream().filter(one -> !one.tcp)).as("a query and two retries").hasSize(3);
  }

  @Test
  void withoutServersTheClientGetsServfailImmediately() {
    forwarder = DnsForwarder.create(gateway.stack());
    forward();
    assertThat(ask(query(5))).singleElement().satisfies(octets -> assertThat(octets[3] & 0xf).isEqualTo(2));
  }

  @Test
  void answersThatDoNotMatchAreIgnored() {
    forwarder = forwarder.retries(0);
    UdpConnection udp = lab.await(first.stack().udp().bind(53));
    UdpConnection other = lab.await(first.stack().udp().bind(54));
    udp.send(udp.receive().concatMap(query -> {
      byte[] octets = ByteBufUtil.getBytes(query.payload());
      query.release();
      byte[] wrongId = echo(octets, 1);
      wrongId[1]++;
      byte[] wrongOpcode = echo(octets, 2);
      wrongOpcode[2] |= 0x10;
      byte[] wrongName = echo(octets, 3);
      wrongName[14]++;
      byte[] sameName = echo(octets, 9);
      sameName[14] -= 0x20; // the same letter in the other case (RFC 4343)
      return other.send(Mono.just(Datagram.to(query.remote(), Unpooled.wrappedBuffer(echo(octets, 8)))))
          .thenMany(Flux.just(octets, wrongId, wrongOpcode, wrongName, new byte[5], sameName)
              .map(reply -> query.reply(Unpooled.wrappedBuffer(reply))));
    })).onErrorComplete().subscribe();
    forward();
    assertThat(ask(query(1))).singleElement().satisfies(octets -> assertThat(octets).hasSize(query(1).length + 9));
    assertThat(List.of(DnsDrop.WRONG_ID, DnsDrop.NOT_A_RESPONSE, DnsDrop.WRONG_OPCODE, DnsDrop.WRONG_QUESTION,
        DnsDrop.MALFORMED)).allSatisfy(drop -> assertThat(gateway.stack().drops().get(drop)).isEqualTo(1));
    lab.await(udp.close().then(other.close()));
  }

  @Test
  void outstandingQueriesAreLimitedAndRepetitionsAreNotPassedOn() {
    serve(first, octets -> null);
    serve(second, octets -> null);
    forwarder = forwarder.maxQueries(3).retries(0);
    forward();
    assertThat(ask(query(1), query(1), query(2), query(3), query(4), query(5))).hasSize(3);
    assertThat(gateway.stack().drops().get(ServerDrop.REPEATED)).isEqualTo(1);
    assertThat(gateway.stack().drops().get(ServerDrop.TOO_MANY_QUERIES)).isEqualTo(2);
    assertThat(seen).hasSize(6);
    seen.clear();
    assertThat(ask(query(6))).as("the places are free again").hasSize(1);
    assertThat(seen).hasSize(2);
  }

  @Test
  void whatIsNoQueryIsIgnored() {
    serve(first, octets -> echo(octets, 0));
    forward();
    assertThat(ask(new byte[0], new byte[11], echo(query(1), 0), query(2))).hasSize(1);
    assertThat(gateway.stack().drops().get(ServerDrop.TOO_SHORT)).isEqualTo(2);
    assertThat(gateway.stack().drops().get(ServerDrop.NOT_A_QUERY)).isEqualTo(1);
  }

  @Test
  void disposingItFreesItsPortsAndEndsItsQueries() {
    serve(first, octets -> null);
    Disposable bound = forward();
    assertThatThrownBy(this::forward).hasRootCauseInstanceOf(BindException.class);
    UdpConnection udp = lab.await(client.stack().udp().bind(0));
    lab.await(udp.send(Mono.just(Datagram.to(FORWARDER, Unpooled.wrappedBuffer(query(1))))));
    lab.advance(Duration.ofMillis(100));
    lab.run(bound::dispose);
    int before = seen.size();
    lab.advance(Duration.ofSeconds(10));
    assertThat(seen).hasSize(before);
    lab.run(forward()::dispose);
    lab.await(udp.close());
  }

  @Test
  void allocationFailuresCostSingleQueriesOnly() {
    serve(first, octets -> echo(octets, 600));
    CountingAllocator memory = new CountingAllocator();
    Wire wire = lab.newWire("poor");
    outside.attach(wire.right());
    NetworkStack poor = lab.call(() -> UnprobedStack.create().name("poor").runOn(lab.loop()).random(lab.random("poor"))
        .allocator(memory).device(wire.left(), "192.0.2.60/24").startNow());
    lab.await(DnsForwarder.create(poor).servers(FIRST).retries(0).bind());
    Endpoint at = new Endpoint(IpAddress.parse("192.0.2.60"), 53);
    UdpConnection udp = lab.await(second.stack().udp().bind(0));
    for (int n = 1; n <= 8; n++) {
      memory.failAt(n);
      assertThat(answered(udp, at, n)).as("allocation %d fails", n).isIn(0, n);
      memory.recover();
      assertThat(answered(udp, at, n)).as("after allocation %d", n).isEqualTo(n);
    }
    lab.await(udp.close());
    lab.advance(Duration.ofMinutes(5));
    assertThat(memory.hasFailed()).isTrue();
    lab.await(poor.stop());
    assertThat(memory.live()).isZero();
  }

  /** Queries {@code forwarder} over UDP, then over TCP; returns the ID of the response over UDP, or 0 without one. */
  private Integer answered(UdpConnection udp, Endpoint forwarder, int id) {
    lab.await(udp.send(Mono.just(Datagram.to(forwarder, Unpooled.wrappedBuffer(query(id))))));
    Integer answered = lab.await(udp.receive().next().map(datagram -> {
      int got = datagram.payload().getUnsignedShort(datagram.payload().readerIndex());
      datagram.release();
      return got;
    }).timeout(Duration.ofSeconds(30), lab.scheduler()).onErrorReturn(0));
    lab.await(second.stack().tcp().connect(forwarder.toInetSocketAddress()).flatMap(connection -> connection
        .send(Mono.just(MessageFraming.frame(query(id))))
        .thenMany(MessageFraming.messages(connection.receive())).next().then(connection.close()))
        .timeout(Duration.ofMinutes(1), lab.scheduler()).onErrorComplete());
    return answered;
  }
}
