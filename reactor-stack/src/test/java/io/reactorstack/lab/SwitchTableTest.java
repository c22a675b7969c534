package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.FrameMeter;
import io.reactorstack.layer.MeterName;
import io.reactorstack.layer.MeterTag;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.tcp.TcpConnection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The table of a switch: its bounds, floods of invented addresses, and its counters. */
@Timeout(60)
class SwitchTableTest {

  private static final MacAddress NOBODY = new MacAddress(0x0e00_0000_0001L);
  private static final Duration AGEING = Duration.ofSeconds(10);

  private final Lab lab = Lab.virtual(1);
  private final Switch lan = lab.newSwitch("lan", s -> s.withTableSize(256).withAgeingTime(AGEING));

  @AfterEach
  void close() {
    lab.close();
  }

  private void settle() {
    lab.advance(Duration.ofMillis(1));
  }

  private Station station(Switch at, String name) {
    Wire wire = lab.newWire(name);
    at.attach(wire.right());
    return new Station(lab, wire.left());
  }

  private static MacAddress invented(int number) {
    return new MacAddress(0x0a00_0000_0000L + number);
  }

  /** Returns frames from {@code count} addresses to an address that no station has, 500 each half a millisecond. */
  private static Flux<Frame> flood(int count) {
    return Flux.range(0, count / 500).delayElements(Duration.ofNanos(500_000)).concatMapIterable(
        burst -> IntStream.range(burst * 500, burst * 500 + 500)
            .mapToObj(n -> Station.frame(invented(n), NOBODY, n, 60)).toList());
  }

  private static long count(Switch of, MeterName meter) {
    return of.meters().sum(meter);
  }

  private long count(MeterName meter) {
    return count(lan, meter);
  }

  /** Each frame and each address is counted once at its end. */
  private static void assertAddsUp(Switch of) {
    assertThat(count(of, SwitchMeter.FRAMES_FORWARDED) + count(of, SwitchMeter.FRAMES_FLOODED)
        + count(of, SwitchMeter.FRAMES_TO_GROUPS) + count(of, SwitchMeter.FRAMES_FILTERED)
        + count(of, FrameMeter.FRAMES_DROPPED)).as("%s", of.meters())
        .isEqualTo(count(of, FrameMeter.FRAMES_RECEIVED));
    assertThat(count(of, SwitchMeter.ADDRESSES) + count(of, SwitchMeter.ADDRESSES_AGED)
        + count(of, SwitchMeter.ADDRESSES_EVICTED) + count(of, SwitchMeter.ADDRESSES_FORGOTTEN)).as("%s", of.meters())
        .isEqualTo(count(of, SwitchMeter.ADDRESSES_LEARNT));
    assertThat(of.table()).hasSize((int) count(of, SwitchMeter.ADDRESSES));
  }

  private Host host(String name, String address) {
    return lab.host(name).on(lan, address, wire -> wire.delay(Duration.ofNanos(100_000))).start();
  }

  /** Sends a hundred messages, one each millisecond, and returns the number of bytes that come back. */
  private int talk(Host client, Host server) {
    lab.run(() -> server.stack().tcp().listen(7).flatMap(
        connection -> connection.send(connection.receive()).then(connection.close())).subscribe());
    Mono<Integer> answered = client.stack().tcp().connect(server.address().toString(), 7).flatMap(
        connection -> connection.send(Flux.interval(Duration.ofMillis(1)).take(100)
            .map(tick -> Unpooled.wrappedBuffer(new byte[1000])))
            .then(connection.shutdownOutput()).then(received(connection)));
    Integer bytes = lab.await(answered);
    return bytes == null ? 0 : bytes;
  }

  private static Mono<Integer> received(TcpConnection connection) {
    return connection.receive().map(bytes -> {
      int size = bytes.readableBytes();
      bytes.release();
      return size;
    }).reduce(0, Integer::sum);
  }

  @Test
  void aFloodOfInventedAddressesDoesNoHarmToKnownStations() {
    Host a = host("a", "10.0.0.1/24");
    Host b = host("b", "10.0.0.2/24");
    Station attacker = station(lan, "attacker");
    Station witness = station(lan, "witness");
    lab.await(a.stack().icmp().ping(b.address()));
    int seen = witness.arrivals().size();

    attacker.sendAll(flood(100_000));
    assertThat(talk(a, b)).isEqualTo(100_000);
    lab.advance(Duration.ofSeconds(1));

    assertThat(witness.arrivals()).as("only the attacker's frames").hasSize(seen + 100_000);
    assertThat(count(SwitchMeter.FRAMES_FLOODED)).isEqualTo(100_000);
    assertThat(lan.table()).hasSize(256).extracting(MacEntry::address, MacEntry::peer)
        .contains(tuple(a.macAddress(), "a"), tuple(b.macAddress(), "b"));
    assertThat(count(SwitchMeter.ADDRESSES_EVICTED)).isEqualTo(100_002 - 256);
    assertThat(lan.drops().total()).isZero();
    assertAddsUp(lan);
  }

  @Test
  void stationsAreLearntWhileAFloodFillsTheTable() {
    Station attacker = station(lan, "attacker");
    attacker.sendAll(flood(100_000));
    lab.advance(Duration.ofMillis(5));
    assertThat(lan.table()).hasSize(256);
    Host a = host("a", "10.0.0.1/24");
    Host b = host("b", "10.0.0.2/24");
    assertThat(talk(a, b)).isEqualTo(100_000);
    lab.advance(Duration.ofSeconds(1));
    assertThat(count(SwitchMeter.FRAMES_FLOODED)).as("only the attacker's frames").isEqualTo(100_000);
    assertAddsUp(lan);
  }

  @Test
  void anOldAddressSurvivesAFloodAtAnotherPort() {
    Station quiet = station(lan, "quiet");
    Station attacker = station(lan, "attacker");
    quiet.send(MacAddress.BROADCAST, 1);
    settle();
    attacker.sendAll(flood(1000));
    lab.advance(Duration.ofSeconds(1));
    assertThat(lan.learned()).hasSize(256)
        .contains(quiet.macAddress(), invented(999), invented(1000 - 255)).doesNotContain(invented(0));
  }

  @Test
  void aTableFullOfAddressesInUseLearnsNoOthers() {
    Switch small = lab.newSwitch("small", s -> s.withTableSize(2).withAgeingTime(AGEING));
    Station a = station(small, "a");
    Station b = station(small, "b");
    Station c = station(small, "c");
    a.send(MacAddress.BROADCAST, 1);
    settle();
    b.send(a.macAddress(), 2);
    settle();
    a.send(b.macAddress(), 3);
    settle();
    c.send(a.macAddress(), 4);
    settle();
    assertThat(small.learned()).containsExactlyInAnyOrder(a.macAddress(), b.macAddress());
    assertThat(count(small, SwitchMeter.ADDRESSES_REFUSED)).isEqualTo(1);
    a.send(c.macAddress(), 5);
    settle();
    assertThat(a.numbers()).containsExactly(2, 4);
    assertThat(b.numbers()).as("the frame to an unknown station is flooded").containsExactly(1, 3, 5);
    assertThat(c.numbers()).containsExactly(1, 5);
    lab.advance(AGEING.minusMillis(2));
    a.send(MacAddress.BROADCAST, 6);
    c.send(MacAddress.BROADCAST, 7);
    settle();
    assertThat(small.learned()).as("the address of b has aged").containsExactlyInAnyOrder(a.macAddress(),
        c.macAddress());
    assertThat(count(small, SwitchMeter.ADDRESSES_AGED)).isEqualTo(1);
    assertAddsUp(small);
  }

  @Test
  void aPortMayHaveALimitedNumberOfAddresses() {
    Switch strict = lab.newSwitch("strict", s -> s.withAddressesPerPort(2).withAgeingTime(AGEING));
    Station a = station(strict, "a");
    Station b = station(strict, "b");
    a.sendAll(Flux.range(0, 5).map(n -> Station.frame(invented(n), MacAddress.BROADCAST, n, 60)));
    settle();
    assertThat(b.numbers()).containsExactly(0, 1);
    assertThat(strict.learned()).containsExactlyInAnyOrder(invented(0), invented(1));
    assertThat(strict.drops().snapshot()).containsExactly(Map.entry("junction.TOO_MANY_ADDRESSES", 3L));
    b.sendAll(Flux.just(Station.frame(invented(7), MacAddress.BROADCAST, 7, 60)));
    settle();
    a.sendAll(Flux.just(Station.frame(invented(7), MacAddress.BROADCAST, 8, 60)));
    settle();
    assertThat(b.numbers()).as("an address cannot move to a full port").containsExactly(0, 1);
    lab.advance(AGEING);
    a.sendAll(Flux.just(Station.frame(invented(7), MacAddress.BROADCAST, 9, 60)));
    settle();
    assertThat(b.numbers()).containsExactly(0, 1, 9);
    assertAddsUp(strict);
  }

  @Test
  void anAddressThatMovesIsCounted() {
    Station a = station(lan, "a");
    Station b = station(lan, "b");
    a.send(MacAddress.BROADCAST, 1);
    settle();
    b.sendAll(Flux.just(Station.frame(a.macAddress(), MacAddress.BROADCAST, 2, 60)));
    settle();
    assertThat(lan.table()).containsExactly(new MacEntry(1, a.macAddress(), "b", "", Duration.ofMillis(1)));
    assertThat(count(SwitchMeter.ADDRESSES_LEARNT)).isEqualTo(1);
    assertThat(count(SwitchMeter.ADDRESSES_MOVED)).isEqualTo(1);
    assertThat(lan.meters().with(MeterTag.INTERFACE, "b").sum(FrameMeter.FRAMES_RECEIVED)).isEqualTo(1);
    assertThat(lan.meters().with(MeterTag.INTERFACE, "b").sum(FrameMeter.FRAMES_SENT)).isEqualTo(1);
    assertAddsUp(lan);
  }

  @Test
  void eachFateOfAFrameIsCounted() {
    Station a = station(lan, "a");
    Station b = station(lan, "b");
    for (MacAddress to : List.of(MacAddress.BROADCAST, NOBODY, a.macAddress())) {
      a.send(to, 1);
    }
    settle();
    b.send(a.macAddress(), 2);
    b.sendAll(Flux.just(Station.frame(MacAddress.BROADCAST, NOBODY, 3, 60)));
    settle();
    assertThat(count(FrameMeter.FRAMES_RECEIVED)).isEqualTo(5);
    assertThat(count(SwitchMeter.FRAMES_TO_GROUPS)).isEqualTo(1);
    assertThat(count(SwitchMeter.FRAMES_FLOODED)).isEqualTo(1);
    assertThat(count(SwitchMeter.FRAMES_FILTERED)).isEqualTo(1);
    assertThat(count(SwitchMeter.FRAMES_FORWARDED)).isEqualTo(1);
    assertThat(count(FrameMeter.FRAMES_DROPPED)).isEqualTo(1);
    assertAddsUp(lan);
  }

  @Test
  void anUnpluggedDeviceIsForgotten() {
    AtomicReference<NetworkDevice> device = new AtomicReference<>();
    Wire wire = lab.newWire("a");
    lan.attach(loop -> {
      device.set(wire.right().open(loop));
      return device.get();
    });
    station(lan, "b");
    new Station(lab, wire.left()).send(MacAddress.BROADCAST, 1);
    settle();
    assertThat(lan.table()).extracting(MacEntry::port).containsExactly("port1");
    lab.run(() -> device.get().dispose());
    settle();
    assertThat(lan.table()).isEmpty();
    assertThat(lan.ports()).extracting(SwitchPort::name).containsExactly("b");
    assertThat(count(SwitchMeter.ADDRESSES_FORGOTTEN)).isEqualTo(1);
    assertAddsUp(lan);
  }
}
