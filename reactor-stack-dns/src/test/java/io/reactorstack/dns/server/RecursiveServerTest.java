package io.reactorstack.dns.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.wire.MessageFraming;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.CookieOption;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A client inside, a recursive server between, and the server that it asks outside, in virtual time. */
class RecursiveServerTest {

  private static final IpAddress UPSTREAM = IpAddress.parse("192.0.2.53");
  private static final IpAddress INSIDE = IpAddress.parse("10.0.0.1");
  private static final IpAddress OUTSIDE = IpAddress.parse("192.0.2.1");
  private static final String WWW = "www.example.lab.";

  private final Lab lab = Lab.virtual(7);
  private final Switch inside = lab.newSwitch("inside");
  private final Switch outside = lab.newSwitch("outside");
  private final Host server = lab.host("server").on(inside, INSIDE + "/24").on(outside, OUTSIDE + "/24").start();
  private final Host client = lab.host("client").on(inside, "10.0.0.2/24").start();
  private final Host upstream = lab.host("upstream").on(outside, UPSTREAM + "/24").start();
  private final Host stranger = lab.host("stranger").on(outside, "192.0.2.99/24").start();
  private final DnsResolver resolver = DnsResolver.create(server.stack()).servers(UPSTREAM).prefetch(false);

  @AfterEach
  void close() {
    ServerBench.close(lab);
  }

  private RecursiveServer recursive() {
    return RecursiveServer.create(server.stack(), resolver);
  }

  private void serve() {
    IpAddress[] many = new IpAddress[100];
    Arrays.setAll(many, i -> IpAddress.parse("10.9.0." + i));
    lab.await(ZoneServer.create(upstream.stack()).zone(Zone.of("example.lab").timeToLive(Duration.ofSeconds(60))
        .address("www", IpAddress.parse("10.9.0.3")).alias("web", "www").address("many", many)).bind());
    lab.await(recursive().bind());
  }

  private List<Message> ask(Host asker, IpAddress at, byte[]... queries) {
    List<Message> answers = new ArrayList<>();
    UdpConnection udp = lab.await(asker.stack().udp().bind(0));
    udp.receive().subscribe(answer -> {
      answers.add(ServerBench.parse(ByteBufUtil.getBytes(answer.payload())));
      answer.release();
    });
    lab.await(udp.send(Flux.fromArray(queries)
        .map(query -> Datagram.to(new Endpoint(at, 53), Unpooled.wrappedBuffer(query)))));
    lab.advance(Duration.ofMillis(500));
    lab.await(udp.close());
    return answers;
  }

  private Message ask(Message query) {
    List<Message> answers = ask(client, INSIDE, query.toWire());
    assertThat(answers).hasSize(1);
    return answers.getFirst();
  }

  private List<Message> askOverTcp(Message... queries) {
    return lab.await(client.stack().tcp().connect(INSIDE.toString(), 53).flatMap(connection -> connection
        .send(Flux.fromArray(queries).map(query -> MessageFraming.frame(query.toWire())))
        .thenMany(MessageFraming.messages(connection.receive())).map(ServerBench::parse).collectList()
        .delayUntil(all -> connection.close())));
  }

  private static List<Integer> extendedErrors(Message message) {
    return message.getOPT().getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR).stream()
        .map(option -> ((ExtendedErrorCodeOption) option).getErrorCode()).toList();
  }

  @Test
  void answersFromTheCacheWithTheTimeThatIsLeft() {
    serve();
    Message first = ask(ServerBench.query("web.example.lab.", Type.A));
    assertThat(ServerBench.records(first, Section.ANSWER))
        .containsExactly("web.example.lab. 60 CNAME www.example.lab.", "www.example.lab. 60 A 10.9.0.3");
    assertThat(first.getHeader().getFlag(Flags.RA)).isTrue();
    assertThat(first.getHeader().getFlag(Flags.RD)).isTrue();
    assertThat(first.getHeader().getFlag(Flags.AA)).as("a copy is not authoritative").isFalse();
    upstream.wire().impair(wire -> wire.loss(1));
    lab.advance(Duration.ofSeconds(20));
    assertThat(ServerBench.records(ask(ServerBench.query(WWW, Type.A)), Section.ANSWER))
        .containsExactly("www.example.lab. 39 A 10.9.0.3");
    assertThat(askOverTcp(ServerBench.query(WWW, Type.A))).singleElement()
        .satisfies(answer -> assertThat(answer.getSection(Section.ANSWER)).hasSize(1));
  }

  @Test
  void answersOverTcpWhatDoesNotFitADatagram() {
    serve();
    Message short512 = ask(ServerBench.query("many.example.lab.", Type.A));
    assertThat(short512.getHeader().getFlag(Flags.TC)).isTrue();
    assertThat(askOverTcp(ServerBench.query("many.example.lab.", Type.A), ServerBench.query(WWW, Type.A)))
        .extracting(answer -> answer.getSection(Section.ANSWER).size()).containsExactlyInAnyOrder(100, 1);
  }

  @Test
  void answersWithoutRecursionOnlyWhatItKnows() {
    serve();
    Message query = ServerBench.edns(WWW, Type.A, 1232);
    query.getHeader().unsetFlag(Flags.RD);
    Message refused = ask(query);
    assertThat(refused.getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(extendedErrors(refused)).containsExactly(ExtendedErrorCodeOption.NOT_AUTHORITATIVE);
    ask(ServerBench.query(WWW, Type.A));
    assertThat(ask(query).getSection(Section.ANSWER)).hasSize(1);
  }

  @Test
  void refusesStrangersUntilTheyAreClients() {
    serve();
    byte[] query = ServerBench.edns(WWW, Type.A, 1232).toWire();
    Message refused = ask(stranger, OUTSIDE, query).getFirst();
    assertThat(refused.getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(extendedErrors(refused)).containsExactly(ExtendedErrorCodeOption.PROHIBITED);
    assertThat(server.stack().drops().get(ServerDrop.NOT_A_CLIENT)).isEqualTo(1);
    lab.await(recursive().port(5353).clients(IpPrefix.parse("192.0.2.0/24")).bind());
    DnsResolver asking = DnsResolver.create(stranger.stack()).servers(List.of(new Endpoint(OUTSIDE, 5353)));
    assertThat(lab.await(asking.resolve("www.example.lab").collectList())).containsExactly(IpAddress.parse("10.9.0.3"));
  }

  @Test
  void countsWhatIsNoQuery() {
    serve();
    Message response = ServerBench.query(WWW, Type.A);
    response.getHeader().setFlag(Flags.QR);
    assertThat(ask(client, INSIDE, new byte[0], new byte[11], response.toWire())).isEmpty();
    assertThat(server.stack().drops().get(ServerDrop.TOO_SHORT)).isEqualTo(2);
    assertThat(server.stack().drops().get(ServerDrop.NOT_A_QUERY)).isEqualTo(1);
    byte[] malformed = ServerBench.query(WWW, Type.A).toWire();
    malformed[12] = 63; // a label that is longer than the message
    assertThat(ask(client, INSIDE, malformed)).extracting(Message::getRcode).containsExactly(Rcode.FORMERR);
    assertThat(ask(ServerBench.query(WWW, Type.A)).getRcode()).isEqualTo(Rcode.NOERROR);
  }

  @Test
  void refusesWhatItCannotResolve() {
    serve();
    Message notify = ServerBench.query(WWW, Type.SOA);
    notify.getHeader().setOpcode(Opcode.NOTIFY);
    assertThat(ask(notify).getRcode()).isEqualTo(Rcode.NOTIMP);
    Message later = ServerBench.query(WWW, Type.A);
    later.addRecord(new OPTRecord(1232, 0, 1, 0), Section.ADDITIONAL);
    assertThat(ask(later).getRcode()).isEqualTo(Rcode.BADVERS);
    assertThat(ask(ServerBench.query(WWW, Type.A, DClass.CH)).getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(ask(ServerBench.query(WWW, Type.AXFR)).getRcode()).isEqualTo(Rcode.REFUSED);
    Message two = ServerBench.query(WWW, Type.A);
    two.addRecord(ServerBench.query("web.example.lab.", Type.A).getQuestion(), Section.QUESTION);
    assertThat(ask(two).getRcode()).isEqualTo(Rcode.FORMERR);
    assertThat(ask(new Message(9)).getRcode()).as("no question and no cookie").isEqualTo(Rcode.FORMERR);
  }

  @Test
  void aClientGetsAServerCookie() {
    serve();
    byte[] own = {1, 2, 3, 4, 5, 6, 7, 8};
    Message answer = ask(ServerBench.edns(WWW, Type.A, 1232, new CookieOption(own)));
    CookieOption cookie = (CookieOption) answer.getOPT().getOptions(EDNSOption.Code.COOKIE).getFirst();
    assertThat(cookie.getClientCookie()).isEqualTo(own);
    assertThat(cookie.getServerCookie()).hasValueSatisfying(octets -> assertThat(octets).hasSize(16));
    Message again = ask(ServerBench.edns(WWW, Type.A, 1232, cookie));
    assertThat(((CookieOption) again.getOPT().getOptions(EDNSOption.Code.COOKIE).getFirst()).getServerCookie().get())
        .isEqualTo(cookie.getServerCookie().get());
  }

  @Test
  void aRepeatedQueryIsResolvedOnce() {
    serve();
    upstream.wire().impair(wire -> wire.delay(Duration.ofMillis(100)));
    byte[] query = ServerBench.query(WWW, Type.A).toWire();
    assertThat(ask(client, INSIDE, query, query, query)).hasSize(1);
    assertThat(server.stack().drops().get(ServerDrop.REPEATED)).isEqualTo(2);
    assertThat(ask(client, INSIDE, query, query)).as("from the cache").hasSize(2);
  }

  @Test
  void saysThatNoServerAnswers() {
    serve();
    upstream.wire().impair(wire -> wire.loss(1));
    Message query = ServerBench.edns("none.example.lab.", Type.A, 1232);
    Message failed = askOverTcp(query).getFirst();
    assertThat(failed.getRcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(extendedErrors(failed)).containsExactly(ExtendedErrorCodeOption.NO_REACHABLE_AUTHORITY);
  }

  @Test
  void theNumberOfOutstandingQueriesIsLimited() {
    upstream.wire().impair(wire -> wire.loss(1));
    Disposable bound = lab.await(recursive().maxQueries(2).bind());
    byte[][] queries = new byte[5][];
    Arrays.setAll(queries, i -> {
      Message query = ServerBench.query("n" + i + ".example.lab.", Type.A);
      query.getHeader().setID(i);
      return query.toWire();
    });
    assertThat(ask(client, INSIDE, queries)).isEmpty();
    assertThat(server.stack().drops().get(ServerDrop.TOO_MANY_QUERIES)).isEqualTo(3);
    assertThat(askOverTcp(ServerBench.query("n6.example.lab.", Type.A))).extracting(Message::getRcode)
        .containsExactly(Rcode.SERVFAIL);
    lab.advance(Duration.ofMinutes(1));
    upstream.wire().impair(wire -> wire.loss(0));
    lab.advance(Duration.ofMinutes(6)); // the failures are cached
    lab.await(ZoneServer.create(upstream.stack()).zone(Zone.of("example.lab")).bind());
    assertThat(ask(client, INSIDE, queries)).as("the first two have ended").hasSize(2);
    lab.run(bound::dispose);
  }

  @Test
  void disposingTheServerFreesItsPorts() {
    Disposable bound = lab.await(recursive().bind());
    assertThatThrownBy(() -> lab.await(recursive().bind())).hasRootCauseInstanceOf(BindException.class);
    lab.run(bound::dispose);
    lab.advance(Duration.ofMillis(10));
    lab.run(lab.await(recursive().listenOn(INSIDE).bind())::dispose);
  }
}
