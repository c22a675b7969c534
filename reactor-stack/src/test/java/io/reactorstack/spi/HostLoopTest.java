package io.reactorstack.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.host.Hosts;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpDrop;
import io.reactorstack.udp.UdpSettings;
import io.reactorstack.udp.UdpSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A transport that uses only the loop of its host runs in the host's time. */
class HostLoopTest {

  private static final Endpoint ASKER = new Endpoint(IpAddress.parse("10.0.0.1"), 0);
  private static final Endpoint ANSWERER = new Endpoint(IpAddress.parse("10.0.0.2"), 4000);

  private final Lab lab = Lab.virtual(1);
  private final Switch lan = lab.newSwitch("lan");
  private final NetworkStack one = lab.host("one").address("10.0.0.1/24").connectTo(lan).stack();
  private final NetworkStack two = lab.host("two").address("10.0.0.2/24").connectTo(lan).stack();
  private final HostLoop loop = HostLoop.of(one);

  @AfterEach
  void close() {
    lab.close();
  }

  @Test
  void timersAndClockUseTheHostsTime() {
    List<Long> times = new ArrayList<>();
    long begin = loop.nanoTime();
    Flux.interval(Duration.ofMinutes(1), loop.scheduler()).take(3)
        .subscribe(n -> times.add(TimeUnit.NANOSECONDS.toSeconds(loop.nanoTime() - begin)));
    lab.advance(Duration.ofMinutes(5));
    assertThat(times).containsExactly(60L, 120L, 180L);
    assertThat(loop.nanoTime() - begin).isEqualTo(Duration.ofMinutes(5).toNanos());
    assertThat(loop.scheduler().now(TimeUnit.NANOSECONDS)).isEqualTo(loop.nanoTime());
  }

  @Test
  void elapsedTimesAreVirtual() {
    long millis = lab.await(Mono.delay(Duration.ofSeconds(2), loop.scheduler()).elapsed(loop.scheduler())).getT1();
    assertThat(millis).isEqualTo(2000);
  }

  @Test
  void disposingOfTheSchedulerLeavesTheHostRunning() {
    loop.scheduler().dispose();
    assertThat(loop.scheduler().isDisposed()).isFalse();
    lab.await(Mono.delay(Duration.ofSeconds(1), loop.scheduler()));
    assertThat(lab.await(one.icmp().ping("10.0.0.2"))).isNotNull();
  }

  @Test
  void tasksRunDirectlyOnTheLoopAndQueuedFromElsewhere() {
    List<String> order = new ArrayList<>();
    lab.run(() -> {
      loop.execute(() -> order.add("at once"));
      order.add("after it");
    });
    assertThat(order).containsExactly("at once", "after it");
  }

  @Test
  void datagramTransportNeedsNothingElse() {
    HostLoop other = HostLoop.of(two);
    List<String> answers = new ArrayList<>();
    lab.call(() -> {
      UdpSocket answerer = other.bind(ANSWERER, UdpSettings.DEFAULT, socket -> {
        for (Datagram question = socket.receive(); question != null; question = socket.receive()) {
          send(socket, question.reply(question.payload()));
        }
      });
      assertThat(answerer.local()).isEqualTo(ANSWERER);
      UdpSocket asker = loop.bind(ASKER, UdpSettings.DEFAULT, socket -> {
        for (Datagram answer = socket.receive(); answer != null; answer = socket.receive()) {
          answers.add(new String(ByteBufUtil.getBytes(answer.payload()), StandardCharsets.UTF_8));
          answer.release();
        }
      });
      asker.connect(ANSWERER);
      Datagram question = Datagram.toPeer(Unpooled.copiedBuffer("question", StandardCharsets.UTF_8));
      return loop.scheduler().schedule(() -> send(asker, question), 3, TimeUnit.SECONDS);
    });
    lab.advance(Duration.ofSeconds(2));
    assertThat(answers).isEmpty();
    lab.advance(Duration.ofSeconds(2));
    assertThat(answers).containsExactly("question");
  }

  private static void send(UdpSocket socket, Datagram datagram) {
    try {
      socket.send(datagram);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void randomSourceAndCountersAreTheHosts() {
    assertThat(loop.random()).isSameAs(Hosts.of(one).settings().random());
    loop.drops().count(UdpDrop.RELEASED);
    assertThat(one.drops().get(UdpDrop.RELEASED)).isOne();
  }

  @Test
  void openConnectionsAreCounted() {
    two.tcp().listen(80).subscribe();
    assertThat(lab.<Integer>call(loop::unfinishedConnections)).isZero();
    var connection = lab.await(one.tcp().connect("10.0.0.2", 80));
    assertThat(lab.<Integer>call(loop::unfinishedConnections)).isOne();
    lab.run(connection::abort);
    lab.advance(Duration.ofSeconds(1));
    assertThat(lab.<Integer>call(loop::unfinishedConnections)).isZero();
  }

  @Test
  void nullStackIsRejected() {
    assertThatNullPointerException().isThrownBy(() -> HostLoop.of(null));
  }
}
