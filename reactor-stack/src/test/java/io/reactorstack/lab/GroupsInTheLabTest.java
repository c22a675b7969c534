package io.reactorstack.lab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.MulticastGroup;
import io.reactorstack.udp.UdpConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Several hosts on a switch that use multicast groups and broadcasts. */
@Timeout(120)
class GroupsInTheLabTest {

  private static final int PORT = 5353;
  private static final Endpoint GROUP = new Endpoint(IpAddress.parse("239.1.2.3"), PORT);

  private final Lab lab = Lab.virtual(7);
  private final Switch lan = lab.newSwitch("lan");
  private final List<Member> members = new ArrayList<>();

  private final class Member {

    final Host host;
    final UdpConnection socket;
    final List<String> heard = new ArrayList<>();

    Member(int number) {
      host = lab.host("h" + number).address("10.0.0." + number + "/24")
          .wire(wire -> wire.delay(Duration.ofMillis(number))).connectTo(lan);
      socket = Objects.requireNonNull(lab.await(host.stack().udp().bind(PORT)));
      lab.run(() -> socket.receive().subscribe(datagram -> {
        heard.add(datagram.payload().toString(UTF_8));
        datagram.release();
      }));
      members.add(this);
    }

    void send(Endpoint to, String text) {
      lab.await(socket.send(Mono.just(Datagram.to(to, Unpooled.copiedBuffer(text, UTF_8)))));
      lab.advance(Duration.ofSeconds(5));
    }
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private void populate(int hosts) {
    for (int number = 1; number <= hosts; number++) {
      new Member(number);
    }
  }

  private Member member(int number) {
    return members.get(number - 1);
  }

  @Test
  void datagramReachesOnlyMembersOfTheGroup() {
    populate(4);
    lab.await(member(2).socket.join(MulticastGroup.of(GROUP.address())));
    lab.await(member(3).socket.join(MulticastGroup.of(GROUP.address()).from("10.0.0.4")));
    member(1).send(GROUP, "from one");
    member(4).send(GROUP, "from four");
    assertThat(member(1).heard).isEmpty();
    assertThat(member(2).heard).containsExactly("from one", "from four");
    assertThat(member(3).heard).containsExactly("from four");
    assertThat(member(4).heard).isEmpty();
    assertThat(member(1).host.stack().drops().snapshot().keySet())
        .as("the filter of the network card dropped the frames for other hosts").containsExactly("ethernet.NOT_FOR_US");
    assertThat(member(2).host.stack().drops().snapshot().keySet()).doesNotContain("udp.NO_SOCKET");
  }

  @Test
  void broadcastReachesAllHosts() {
    populate(3);
    member(1).send(new Endpoint(IpAddress.parse("255.255.255.255"), PORT), "limited");
    member(2).send(new Endpoint(IpAddress.parse("10.0.0.255"), PORT), "directed");
    assertThat(members).allSatisfy(member -> assertThat(member.heard).containsExactly("limited", "directed"));
  }

  @Test
  void queryToAGroupIsAnswered() {
    populate(3);
    for (Member member : members) {
      lab.await(member.socket.join(MulticastGroup.of(GROUP.address())));
    }
    List<String> answers = new ArrayList<>();
    lab.run(() -> member(3).host.stack().udp().bind(0).subscribe(asking -> {
      asking.receive().subscribe(datagram -> {
        answers.add(datagram.payload().toString(UTF_8) + " from " + datagram.remote().address());
        datagram.release();
      });
      asking.send(Flux.just(Datagram.to(GROUP, Unpooled.copiedBuffer("who is h2?", UTF_8)))).subscribe();
    }));
    lab.advance(Duration.ofSeconds(1));
    lab.await(member(2).socket.send(Mono.just(Datagram.to(
        new Endpoint(member(3).host.address(), PORT), Unpooled.copiedBuffer("me", UTF_8)))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(member(1).heard).containsExactly("who is h2?");
    assertThat(member(2).heard).containsExactly("who is h2?");
    assertThat(member(3).heard).as("also on the asking host").containsExactly("who is h2?", "me");
  }

  @Test
  void theSameSeedGivesTheSameReports() {
    List<String> first = reports(11);
    assertThat(first).hasSize(40);
    assertThat(reports(11)).isEqualTo(first);
    assertThat(reports(12)).isNotEqualTo(first);
  }

  /** Returns the time of each IGMP report of each host about five groups, in nanoseconds of the world. */
  private static List<String> reports(long seed) {
    try (Lab world = Lab.virtual(seed)) {
      Switch middle = world.newSwitch("lan");
      List<String> seen = new ArrayList<>();
      TreeMap<Integer, UdpConnection> sockets = new TreeMap<>();
      for (int i = 1; i <= 4; i++) {
        Host host = world.host("h" + i).address("10.0.0." + i + "/24").connectTo(middle);
        world.run(() -> host.observe((direction, frame, nanos) -> {
          if (direction == FrameObserver.Direction.SENT && SeenFrame.ethernet(frame.payload()).igmp() != null) {
            seen.add(host.name() + " " + world.now().toNanos());
          }
        }));
        sockets.put(i, Objects.requireNonNull(world.await(host.stack().udp().bind(PORT))));
      }
      for (int group = 1; group <= 5; group++) {
        for (UdpConnection socket : sockets.values()) {
          world.await(socket.join(MulticastGroup.of("239.0.0." + group)));
        }
        world.advance(Duration.ofSeconds(3));
      }
      return List.copyOf(seen);
    }
  }
}
