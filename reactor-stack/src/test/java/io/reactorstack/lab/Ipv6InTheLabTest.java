package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.telemetry.Story;
import io.reactorstack.udp.Datagram;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Two hosts of the lab that speak IPv6 over Ethernet. */
@Timeout(120)
class Ipv6InTheLabTest {

  private static final String SERVER = "2001:db8::2";

  @Test
  void pingTakesTwoRoundTripsWithTheResolutionAndThenOne() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").address("2001:db8::1/64").wire(w -> w.delay(Duration.ofMillis(10)))
          .connectTo(lan);
      Host server = lab.host("server").address(SERVER + "/64").connectTo(lan);
      Story story = Story.builder().names(lab).build();
      client.observe(story.observer());
      assertThat(lab.await(client.stack().icmp().ping(server.address())).roundTrip()).isEqualTo(Duration.ofMillis(40));
      assertThat(lab.await(client.stack().icmp().ping(server.address())).roundTrip()).isEqualTo(Duration.ofMillis(20));
      assertThat(lan.learned()).containsExactlyInAnyOrder(client.macAddress(), server.macAddress());
      assertThat(story.text()).contains("NDP who has 2001:db8::2?", "NDP 2001:db8::2 is at " + server.macAddress());
    }
  }

  @Test
  void linkLocalAddressesReachTheOtherHost() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").address("fe80::1/64").connectTo(lan);
      lab.host("server").address("fe80::2/64").connectTo(lan);
      assertThat(lab.await(client.stack().icmp().ping(IpAddress.parse("fe80::2"))).from())
          .isEqualTo(IpAddress.parse("fe80::2%if0"));
    }
  }

  @Test
  void tcpAndUdpCarryDataOverALossyWire() {
    byte[] data = new byte[1_000_000];
    new Random(5).nextBytes(data);
    try (Lab lab = Lab.virtual(3)) {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").address("2001:db8::1/64")
          .wire(w -> w.delay(Duration.ofMillis(10)).loss(0.01)).connectTo(lan);
      Host server = lab.host("server").address(SERVER + "/64").connectTo(lan);
      server.stack().tcp().listen(7)
          .subscribe(connection -> connection.send(connection.receive()).then(Mono.defer(connection::close))
              .subscribe());
      byte[] echoed = lab.await(client.stack().tcp().connect(SERVER, 7).flatMap(connection -> {
        ByteBuf got = Unpooled.buffer();
        return Mono.when(
            connection.send(Mono.just(Unpooled.wrappedBuffer(data))).then(Mono.defer(connection::shutdownOutput)),
            connection.receive().doOnNext(buffer -> {
              got.writeBytes(buffer);
              buffer.release();
            }).then())
            .then(Mono.fromCallable(() -> ByteBufUtil.getBytes(got)));
      }));
      assertThat(echoed).isEqualTo(data);

      server.stack().udp().bind(9)
          .flatMapMany(socket -> socket.send(socket.receive().map(datagram -> datagram.reply(datagram.payload())))
              .onErrorComplete(ClosedChannelException.class))
          .subscribe();
      String answer = lab.await(client.stack().udp().connect(new InetSocketAddress(SERVER, 9))
          .flatMap(socket -> Mono.defer(
              () -> socket.send(Mono.just(Datagram.toPeer(Unpooled.copiedBuffer("hello", StandardCharsets.US_ASCII))))
                  .then(socket.receive().next()))
              .timeout(Duration.ofSeconds(1)).retry(5)
              .map(datagram -> {
                String text = datagram.payload().toString(StandardCharsets.US_ASCII);
                datagram.release();
                return text;
              })));
      assertThat(answer).isEqualTo("hello");
    }
  }

  @Test
  void aSecondHostWithTheSameAddressDoesNotGetItIfAddressesAreTested() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      Host first = lab.host("first").address("2001:db8::1/64")
          .stack(s -> s.ipv6(v6 -> v6.withDuplicateAddressDetection(1))).connectTo(lan);
      lab.advance(Duration.ofSeconds(3));
      Host second = lab.host("second").address("2001:db8::2/64")
          .stack(s -> s.ipv6(v6 -> v6.withDuplicateAddressDetection(1))).connectTo(lan);
      lab.advance(Duration.ofSeconds(3));
      Mono<Void> added = second.stack().addAddress("if0", IpPrefix.parse("2001:db8::1/64"));
      assertThat(lab.await(added.thenReturn("added").onErrorResume(error -> Mono.just(error.getMessage()))))
          .contains("another station on the link of if0 uses 2001:db8::1");
      assertThat(lab.await(second.stack().icmp().ping(first.address()))).isNotNull();
    }
  }
}
