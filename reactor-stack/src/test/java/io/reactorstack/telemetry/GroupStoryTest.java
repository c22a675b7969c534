package io.reactorstack.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.MulticastGroup;
import io.reactorstack.udp.UdpConnection;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Multicast groups in a story. */
@Timeout(60)
class GroupStoryTest {

  @Test
  void showsJoinDataAndLeave() {
    try (Lab lab = Lab.virtual(3)) {
      Switch lan = lab.newSwitch("lan");
      Host host = lab.host("host").address("10.0.0.1/24").connectTo(lan);
      Host other = lab.host("other").address("10.0.0.2/24").connectTo(lan);
      Story story = Story.builder().name(host.address(), "host").name(other.address(), "other").build();
      other.observe(story.observer());
      UdpConnection socket = Objects.requireNonNull(lab.await(host.stack().udp().bind(5353)));
      UdpConnection talking = Objects.requireNonNull(lab.await(other.stack().udp().bind(5353)));
      MulticastGroup group = MulticastGroup.of("239.1.2.3");
      IpAddress third = IpAddress.parse("10.0.0.3");
      for (Mono<Void> step : List.of(
          socket.join(group), socket.block(group, third),
          talking.send(Mono.just(
              Datagram.to(new Endpoint(group.address(), 5353), Unpooled.copyInt(1)))),
          socket.unblock(group, third), socket.leave(group), socket.join(group.from(third)),
          socket.leave(group.from(third)))) {
        lab.await(step);
        lab.advance(Duration.ofSeconds(2));
      }
      String text = story.text();
      assertThat(text.lines().filter(line -> line.contains("IGMP")).map(line -> line.replaceAll(".*IGMP", "IGMP"))
          .distinct())
          .containsExactly("IGMP joins 239.1.2.3", "IGMP leaves 10.0.0.3 in 239.1.2.3",
              "IGMP joins 10.0.0.3 in 239.1.2.3", "IGMP leaves 239.1.2.3");
      assertThat(text).contains("UDP 5353>5353 4 B");
    }
  }
}
