package io.reactorstack.udp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.icmp.DeliveryFailure;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.icmp.PingResult;
import io.reactorstack.layer.Rejection;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import java.net.PortUnreachableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Two hosts on a wire: all layers between device and socket together. */
class TwoHostsTest {

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost alice = TestHost.ethernet(loop, "02:00:00:00:00:0a", "10.0.0.1/24");
  private final TestHost bob = TestHost.ethernet(loop, "02:00:00:00:00:0b", "10.0.0.2/24");
  private final List<String> heard = new ArrayList<>();
  private Throwable error;

  @BeforeEach
  void plugIn() {
    TestDevice.connect(alice.device, bob.device);
  }

  @AfterEach
  void close() {
    alice.close();
    bob.close();
  }

  @Test
  void aPingIsAnsweredAfterResolvingTheNeighbor() {
    List<PingReply> replies = new ArrayList<>();
    alice.icmp.api().ping(bob.address(), PingOptions.DEFAULT.count(3)).cast(PingReply.class)
        .subscribe(replies::add, e -> error = e);
    loop.advance(Duration.ofSeconds(5));

    assertThat(error).isNull();
    assertThat(replies).extracting(PingReply::sequence).containsExactly(0, 1, 2);
    assertThat(replies).allSatisfy(r -> assertThat(r.from()).isEqualTo(bob.address()));
    assertThat(replies).allSatisfy(r -> assertThat(r.size()).isEqualTo(56));
    assertThat(alice.drops.snapshot()).isEmpty();
    assertThat(bob.drops.snapshot()).isEmpty();
  }

  @Test
  void aHostPingsItself() {
    List<PingReply> replies = new ArrayList<>();
    for (String self : List.of("127.0.0.1", "10.0.0.1")) {
      alice.icmp.api().ping(IpAddress.parse(self)).subscribe(replies::add, e -> error = e);
    }
    loop.settle();

    assertThat(error).isNull();
    assertThat(replies).hasSize(2);
    assertThat(alice.device.takeSent()).isEmpty();
  }

  @Test
  void pingToASilentNeighbourFailsAfterThreeArpRequests() {
    List<PingResult> results = new ArrayList<>();
    alice.icmp.api().ping(IpAddress.parse("10.0.0.9"), PingOptions.DEFAULT.timeout(Duration.ofSeconds(30)))
        .subscribe(results::add);
    loop.advance(Duration.ofMillis(2999));
    assertThat(results).isEmpty();
    loop.advance(Duration.ofMillis(2));

    assertThat(results).containsExactly(new PingResult.Failed(0,
        new DeliveryFailure.Unsent(Rejection.of(Rejection.Why.NEXT_HOP_UNREACHABLE), alice.address()),
        Duration.ofSeconds(3)));
  }

  @Test
  void aPingWithoutAnAnswerTimesOut() {
    bob.device.dispose();
    alice.icmp.api().ping(bob.address()).subscribe(r -> {}, e -> error = e);
    loop.advance(Duration.ofMillis(1001));

    assertThat(error).isInstanceOf(TimeoutException.class);
  }

  @Test
  void datagramsAreExchangedInBothDirections() {
    Endpoint[] bobsEnd = new Endpoint[1];
    bob.udp
        .api()
        .bind(5353)
        .subscribe(
            socket -> socket
                .send(
                    socket
                        .receive()
                        .map(
                            d -> {
                              bobsEnd[0] = d.local();
                              String text = d.payload().toString(UTF_8);
                              d.release();
                              return d.reply(Unpooled.copiedBuffer(text + "!", UTF_8));
                            }))
                .subscribe());
    alice.udp
        .api()
        .connect(new Endpoint(bob.address(), 5353).toInetSocketAddress())
        .subscribe(
            socket -> {
              socket
                  .receive()
                  .subscribe(
                      d -> {
                        heard.add(d.payload().toString(UTF_8));
                        d.release();
                      });
              socket
                  .send(Flux.range(0, 60).map(i -> Datagram.toPeer(Unpooled.copiedBuffer("hello " + i, UTF_8))))
                  .subscribe(v -> {}, e -> error = e);
            });
    loop.settle();

    assertThat(error).isNull();
    assertThat(heard).hasSize(60).startsWith("hello 0!", "hello 1!").endsWith("hello 59!");
    assertThat(bobsEnd[0]).isEqualTo(new Endpoint(bob.address(), 5353));
  }

  @Test
  void closedPortFailsAConnectedSocket() {
    alice.udp
        .api()
        .connect(new Endpoint(bob.address(), 9).toInetSocketAddress())
        .subscribe(
            socket -> socket
                .send(
                    Flux.interval(Duration.ofSeconds(1), reactor.core.scheduler.Schedulers.fromExecutorService(loop))
                        .map(i -> Datagram.toPeer(Unpooled.copiedBuffer("anybody?", UTF_8))))
                .subscribe(v -> {}, e -> error = e));
    loop.advance(Duration.ofMillis(1500));
    assertThat(error).isNull();
    loop.advance(Duration.ofSeconds(1));

    assertThat(error).isInstanceOf(PortUnreachableException.class);
    assertThat(bob.drops.get(UdpDrop.NO_SOCKET)).isEqualTo(1);
    assertThat(bob.icmp.errorsSent()).isEqualTo(1);
  }
}
