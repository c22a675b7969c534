package io.reactorstack.lab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.MulticastGroup;
import io.reactorstack.udp.UdpConnection;
import io.reactorstack.udp.UdpDrop;
import io.reactorstack.udp.UdpSettings;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** UDP sockets of one interface, on a host with two. */
class UdpInterfacesInTheLabTest {

  private static final int PORT = 5000;

  private final Lab lab = Lab.virtual(1);
  private final Switch left = lab.newSwitch("left");
  private final Switch right = lab.newSwitch("right");
  private final Host host = lab.host("host").on(left, "10.0.1.1/24").on(right, "10.0.2.1/24").gateway("10.0.1.254")
      .start();
  private final Host onLeft = lab.host("onLeft").on(left, "10.0.1.2/24").gateway("10.0.1.1").start();
  private final Host onRight = lab.host("onRight").on(right, "10.0.2.2/24").gateway("10.0.2.1").start();
  private final List<String> heard = new ArrayList<>();

  @AfterEach
  void close() {
    lab.advance(Duration.ofSeconds(5));
    lab.hosts().forEach(each -> FrameBalance.assertBalanced(each.stack()));
    lab.close();
  }

  private UdpConnection bind(Host on, String interfaceName, int port) {
    return lab.await(on.stack().udp().bind(new Endpoint(Ipv4Address.UNSPECIFIED, port),
        UdpSettings.DEFAULT.withInterface(interfaceName)));
  }

  private UdpConnection listen(Host on, String interfaceName, String name) {
    UdpConnection socket = bind(on, interfaceName, PORT);
    socket.receive().subscribe(datagram -> {
      heard.add(name + ": " + datagram.payload().toString(UTF_8));
      datagram.release();
    });
    return socket;
  }

  private void send(UdpConnection from, String to, String text) {
    lab.await(from.send(Mono.just(Datagram.to(new Endpoint(IpAddress.parse(to), PORT),
        Unpooled.copiedBuffer(text, UTF_8)))));
    lab.advance(Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.1.1", "10.0.2.1", "255.255.255.255", "239.1.2.3"})
  void eachSocketReceivesWhatArrivesOnItsInterface(String to) {
    for (String each : List.of("if0", "if1")) {
      lab.await(listen(host, each, each).join(MulticastGroup.of("239.1.2.3")));
    }
    lab.advance(Duration.ofSeconds(1));
    send(bind(onLeft, null, 0), to, "from the left");
    send(bind(onRight, null, 0), to, "from the right");
    // The weak host model: each address of the host is reached on each interface.
    assertThat(heard).containsExactly("if0: from the left", "if1: from the right");
  }

  @Test
  void theOtherInterfaceHasNoSocket() {
    listen(host, "if1", "if1");
    send(bind(onLeft, null, 0), "10.0.1.1", "from the left");
    send(bind(host, null, 0), "10.0.2.1", "from the host itself");
    assertThat(heard).isEmpty();
    assertThat(host.stack().drops().get(UdpDrop.NO_SOCKET)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"255.255.255.255", "239.1.2.3"})
  void broadcastsAndMulticastsLeaveThroughTheInterface(String to) {
    for (Host each : List.of(onLeft, onRight)) {
      lab.await(listen(each, null, each.name()).join(MulticastGroup.of("239.1.2.3")));
    }
    lab.advance(Duration.ofSeconds(1));
    send(bind(host, "if1", 0), to, "hello");
    assertThat(heard).containsExactly("onRight: hello");
  }

  @Test
  void theRoutesOfOtherInterfacesAreNotUsed() {
    listen(onLeft, null, "onLeft");
    listen(onRight, null, "onRight");
    UdpConnection socket = bind(host, "if1", 0);
    send(socket, "10.0.2.2", "near");
    assertThatThrownBy(() -> send(socket, "10.0.1.2", "elsewhere")).hasCauseInstanceOf(NoRouteToHostException.class);
    // The default route of if0 is better; the socket takes the worse one of its interface.
    lab.await(onRight.stack().addAddress("if0", IpPrefix.parse("198.51.100.7/32")));
    assertThatThrownBy(() -> send(socket, "198.51.100.7", "far")).hasCauseInstanceOf(NoRouteToHostException.class);
    lab.await(host.stack().addRoute(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("10.0.2.2"), 100));
    send(socket, "198.51.100.7", "far");
    assertThat(heard).containsExactly("onRight: near", "onRight: far");
    send(socket, "10.0.2.1", "to itself");
    assertThat(host.stack().drops().get(UdpDrop.NO_SOCKET)).isEqualTo(1);
  }

  @Test
  void onlySocketsOfDifferentInterfacesShareAPort() {
    bind(host, "if0", PORT);
    for (String taken : new String[] {"if0", null}) {
      assertThatThrownBy(() -> bind(host, taken, PORT)).as("%s", taken).hasCauseInstanceOf(BindException.class)
          .hasMessageContaining("Address already in use");
    }
    UdpConnection second = bind(host, "if1", PORT);
    lab.await(second.close());
    bind(host, "if1", PORT);
    assertThatThrownBy(() -> bind(host, "if2", PORT)).hasCauseInstanceOf(BindException.class)
        .hasMessageContaining("No such device: if2");
  }
}
