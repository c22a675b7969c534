package io.reactorstack.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.dns.wire.MessageFraming;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.lab.Wire;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.io.StringReader;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.CookieOption;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The zone server on a host with two addresses, asked by another one over a network in virtual time. */
class ZoneServerTest {

  private final Lab lab = Lab.virtual(42);
  private final Switch junction = lab.newSwitch("switch");
  private final NetworkStack client = host("client", "10.0.0.2/24");
  private final NetworkStack server = host("server", "10.0.0.53/24", "10.0.0.54/24");
  private Disposable serving;

  private NetworkStack host(String name, String... addresses) {
    Wire wire = lab.newWire(name, impairment -> impairment.delay(Duration.ofMillis(1)));
    junction.attach(wire.right());
    return lab.call(() -> UnprobedStack.create().name(name).runOn(lab.loop()).random(lab.random(name))
        .device(wire.left(), addresses).startNow());
  }

  @BeforeEach
  void serve() throws Exception {
    serving = lab.await(ZoneServer.create(server)
        .zone(Zone.parse("lab", new StringReader("www 60 A 10.0.0.3\nold 60 DNAME new\nhost.new 60 A 10.0.0.4\n")))
        .bind());
  }

  @AfterEach
  void stop() {
    lab.await(client.stop());
    lab.await(server.stop());
    assertThat(server.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    lab.close();
  }

  private Message askOverUdp(UdpConnection udp, String address, Message query) {
    Endpoint remote = new Endpoint(IpAddress.parse(address), 53);
    return lab.await(udp.send(Mono.just(Datagram.to(remote, Unpooled.wrappedBuffer(query.toWire()))))
        .then(udp.receive().next().map(reply -> {
          assertThat(reply.remote()).isEqualTo(remote);
          byte[] octets = ByteBufUtil.getBytes(reply.payload());
          reply.release();
          return ServerBench.parse(octets);
        })));
  }

  @Test
  @Requirement("RFC2181-4.1-01")
  void answersFromTheAddressThatWasAsked() {
    UdpConnection udp = lab.await(client.udp().bind(0));
    for (String address : List.of("10.0.0.54", "10.0.0.53", "10.0.0.54")) {
      Message answer = askOverUdp(udp, address, ServerBench.query("host.old.lab.", Type.A));
      assertThat(ServerBench.records(answer, Section.ANSWER)).containsExactly("host.new.lab. 60 A 10.0.0.4",
          "host.old.lab. 60 CNAME host.new.lab.", "old.lab. 60 DNAME new.lab.");
    }
    lab.await(udp.close());
  }

  @Test
  @Requirement("RFC7766-5-01")
  void answersSeveralQueriesOfOneConnection() {
    List<Message> answers = lab.await(client.tcp().connect("10.0.0.54", 53).flatMap(connection -> connection
        .send(Flux.just("www.lab.", "none.lab.", "host.old.lab.")
            .map(name -> MessageFraming.frame(ServerBench.query(name, Type.A).toWire())))
        .thenMany(MessageFraming.messages(connection.receive()).map(ServerBench::parse).take(3))
        .collectList()
        .flatMap(all -> connection.close().thenReturn(all))));
    assertThat(answers).extracting(answer -> answer.getSection(Section.ANSWER).size()).containsExactly(1, 0, 3);
  }

  @Test
  void aCookieIsValidUntilTheServerIsBoundAgain() {
    UdpConnection udp = lab.await(client.udp().bind(0));
    byte[] first = cookie(udp, new byte[0]);
    lab.advance(Duration.ofMinutes(10));
    assertThat(cookie(udp, first)).isEqualTo(first);
    lab.advance(Duration.ofMinutes(21));
    assertThat(cookie(udp, first)).as("by the stack's clock").isNotEqualTo(first);
    byte[] second = cookie(udp, first);
    lab.call(() -> {
      serving.dispose();
      return serving;
    });
    lab.await(ZoneServer.create(server).zone(Zone.of("lab")).bind());
    assertThat(cookie(udp, second)).as("another secret").isNotEqualTo(second);
    lab.await(udp.close());
  }

  private byte[] cookie(UdpConnection udp, byte[] own) {
    byte[] clients = {1, 2, 3, 4, 5, 6, 7, 8};
    Message query = ServerBench.edns("www.lab.", Type.A, 1232,
        own.length == 0 ? new CookieOption(clients) : new CookieOption(clients, own));
    EDNSOption option = askOverUdp(udp, "10.0.0.53", query).getOPT().getOptions(EDNSOption.Code.COOKIE).getFirst();
    return ((CookieOption) option).getServerCookie().orElseThrow();
  }
}
