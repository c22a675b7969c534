package io.reactorstack.lab;

import static io.reactorstack.testing.Packets.ethernet;
import static io.reactorstack.testing.Packets.fixIpv4;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.testing.FrameBalance;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A router between an inside and an outside network, with a client inside, a server outside, and a station in each network
 * that sends whatever frames a test makes. The client talks with the server during each attack.
 */
final class AttackedRouter implements AutoCloseable {

  static final String ROUTER_IN = "10.0.0.1";
  static final String ROUTER_OUT = "192.0.2.1";
  static final String CLIENT = "10.0.0.2";
  static final String SERVER = "192.0.2.10";
  static final String ROUTER_IN6 = "2001:db8:1::1";
  static final String ROUTER_OUT6 = "2001:db8:2::1";
  static final String CLIENT6 = "2001:db8:1::2";
  static final String SERVER6 = "2001:db8:2::10";
  static final String ATTACKER_MAC = "02:66:66:66:66:66";
  /** The octets of the conversation that goes on during an attack. */
  private static final int OCTETS = 100_000;
  private static final int PORT = 7;

  final Lab lab = Lab.virtual(1);
  final Switch outside = lab.newSwitch("outside");
  final Switch inside = lab.newSwitch("inside");
  final Host router;
  final Host client;
  final Host server;
  final Station fromInside;
  final Station fromOutside;

  /** @param change changes the description of the router */
  AttackedRouter(UnaryOperator<HostBuilder> change) {
    router = change.apply(lab.router("router").on(outside, ROUTER_OUT + "/24").on(inside, ROUTER_IN + "/24")).start();
    client = lab.host("client").on(inside, CLIENT + "/24", wire -> wire.delay(Duration.ofNanos(100_000)))
        .gateway(ROUTER_IN).start();
    server = lab.host("server").on(outside, SERVER + "/24").gateway(ROUTER_OUT).start();
    also(router, "if0", ROUTER_OUT6, null);
    also(router, "if1", ROUTER_IN6, null);
    also(client, "if0", CLIENT6, ROUTER_IN6);
    also(server, "if0", SERVER6, ROUTER_OUT6);
    fromInside = station(inside, "attacker-inside");
    fromOutside = station(outside, "attacker-outside");
    lab.run(() -> server.stack().tcp().listen(PORT).flatMap(
        connection -> connection.send(connection.receive()).then(connection.close())).subscribe(done -> {
        }, lost -> {
        }));
  }

  private void also(Host host, String interfaceName, String address, String gateway) {
    lab.await(host.stack().addAddress(interfaceName, IpPrefix.parse(address + "/64")));
    if (gateway != null) {
      lab.await(host.stack().addRoute(IpPrefix.parse("::/0"), IpAddress.parse(gateway)));
    }
  }

  Station station(Switch at, String name) {
    Wire wire = lab.newWire(name);
    at.attach(wire.right());
    return new Station(lab, wire.left());
  }

  /** Returns a frame with an IP packet for the router's interface on the inside or the outside. */
  byte[] toRouter(boolean toInside, byte[] packet) {
    String mac = (toInside ? "02:00:0a:00:00:01" : "02:00:c0:00:02:01");
    return ethernet(mac, ATTACKER_MAC, packet[0] >>> 4 == 6 ? 0x86dd : 0x0800, packet);
  }

  /** Returns an IP packet of either version with this TTL or hop limit. */
  static byte[] withHops(byte[] packet, int hops) {
    if (packet[0] >>> 4 == 6) {
      packet[7] = (byte) hops;
      return packet;
    }
    packet[8] = (byte) hops;
    packet[10] = 0;
    packet[11] = 0;
    return fixIpv4(packet, 0);
  }

  /** Sends packets to the router from a station of the inside, evenly within 100 ms from now on. */
  void attackFromInside(int number, IntFunction<byte[]> packets) {
    attack(fromInside, number, n -> toRouter(true, packets.apply(n)));
  }

  /** As {@link #attackFromInside}, from the outside. */
  void attackFromOutside(int number, IntFunction<byte[]> packets) {
    attack(fromOutside, number, n -> toRouter(false, packets.apply(n)));
  }

  /** Sends frames of {@code from} evenly within 100 ms from now on; {@code number} is a multiple of 100. */
  void attack(Station from, int number, IntFunction<byte[]> frames) {
    int burst = number / 100;
    from.sendAll(Flux.interval(Duration.ofMillis(1)).take(100)
        .concatMap(tick -> Flux.range((int) (tick * burst), burst))
        .map(n -> new Frame(Unpooled.wrappedBuffer(frames.apply(n)), PacketFacts.LOCAL)));
  }

  /** Opens a connection before an attack begins, to be used in {@link #assertUnharmed}. */
  TcpConnection connected(String to) {
    return lab.await(client.stack().tcp().connect(new InetSocketAddress(to, PORT)));
  }

  /**
   * Lets the attack begin, sends a hundred messages, one each millisecond, over each of the connections, which were opened
   * before, and expects all of them back in time.
   */
  void assertUnharmed(Runnable attack, TcpConnection... before) {
    attack.run();
    List<Integer> received = lab.await(Flux.fromArray(before).flatMap(AttackedRouter::talk).collectList(),
        Duration.ofSeconds(1));
    assertThat(received).hasSize(before.length).containsOnly(OCTETS);
    lab.advance(Duration.ofMillis(200));
  }

  private static Mono<Integer> talk(TcpConnection connection) {
    Mono<Integer> received = connection.receive().map(bytes -> {
      int size = bytes.readableBytes();
      bytes.release();
      return size;
    }).reduce(0, Integer::sum);
    return Mono.zip(received, connection.send(Flux.interval(Duration.ofMillis(1)).take(100)
        .map(tick -> Unpooled.wrappedBuffer(new byte[OCTETS / 100]))).then(connection.shutdownOutput())
        .thenReturn(1), (octets, sent) -> octets);
  }

  /** Expects that new conversations of both IP versions are possible. */
  void assertReachable(String... targets) {
    for (String target : targets) {
      assertThat(lab.await(client.stack().icmp().ping(IpAddress.parse(target), PingOptions.DEFAULT).next()))
          .as("ping to %s", target).isInstanceOf(PingReply.class);
      assertThat(lab.await(talk(connected(target)), Duration.ofSeconds(1))).isEqualTo(OCTETS);
    }
  }

  long drops(DropReason reason) {
    return router.stack().drops().get(reason);
  }

  @Override
  public void close() {
    lab.advance(Duration.ofSeconds(40));
    for (Host host : lab.hosts()) {
      FrameBalance.assertBalanced(host.stack());
      assertThat(host.stack().drops().snapshot()).as(host.name()).doesNotContainKey("stage.STAGE_FAULT");
    }
    lab.close();
  }
}
