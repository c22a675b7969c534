package io.reactorstack.ip.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.layer.Egress;
import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.TestInterfaces;
import io.reactorstack.testing.TestInterfaces.ToldNeighbors;
import io.reactorstack.testing.VirtualLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Tests of a network with two shards: the first runs on the owner's loop; the second receives changes when its own loop
 * runs.
 */
class HostNetworkTest {

  private static final IpAddress FAR = IpAddress.parse("203.0.113.5");
  private static final IpAddress GATEWAY = IpAddress.parse("10.0.0.1");

  private final HostNetwork network = new HostNetwork(Runnable::run, AddressSelection.DEFAULT);
  private final Deque<Runnable> secondsLoop = new ArrayDeque<>();
  private final IpHost first = new IpHost(network, Runnable::run, () -> 0, Duration.ZERO);
  private final ToldNeighbors neighbors = new ToldNeighbors();
  private final List<InterfaceEvent> events = new ArrayList<>();

  private void attach() {
    network.attach("eth0", DeviceCapabilities.ip(1500), List.of(IpPrefix.parse("10.0.0.7/24")));
    network.routes(none -> RoutingTable.of(
        Route.onLink(IpPrefix.parse("10.0.0.0/24"), "eth0"), Route.defaultVia(GATEWAY, "eth0")));
  }

  private NetworkInterface open(IpHost shard) {
    return shard.open(shard.addressesOf("eth0"), neighbors, GroupFilter.NONE,
        new Egress<>(new VirtualLoop().newTurn()));
  }

  private IpHost second() {
    return new IpHost(network, secondsLoop::add, () -> 0, Duration.ZERO);
  }

  private void runSecondsLoop() {
    for (Runnable task = secondsLoop.poll(); task != null; task = secondsLoop.poll()) {
      task.run();
    }
  }

  @Test
  void aShardUsesOneSnapshotUntilItsLoopAppliesTheNext() {
    IpHost second = second();
    attach();
    runSecondsLoop();
    NetworkInterface there = open(second);
    Destination far = second.destination(FAR);
    second.onEvent(events::add);

    IpAddress added = IpAddress.parse("10.0.0.8");
    network.addAddress("eth0", InterfaceAddress.manual(IpPrefix.parse("10.0.0.8/24")));
    network.routes(routes -> routes.with(new Route(IpPrefix.parse("203.0.113.0/24"), null, "eth0", 0)));
    assertThat(first.isLocal(added)).isTrue();
    assertThat(second.isLocal(added)).isFalse();
    assertThat(there.owns(added)).isFalse();
    assertThat(far.nextHop()).isEqualTo(GATEWAY);
    assertThat(events).isEmpty();

    runSecondsLoop();
    assertThat(second.isLocal(added)).isTrue();
    assertThat(there.owns(added)).isTrue();
    assertThat(far.nextHop()).isEqualTo(FAR);
    assertThat(second.now()).isSameAs(first.now()).isSameAs(network.snapshot());
    assertThat(events).extracting(event -> event.getClass().getSimpleName())
        .containsExactly("AddressAdded", "RouteAdded");
  }

  @Test
  void aLaterShardStartsWithTheCurrentNetwork() {
    attach();
    IpHost late = second();
    runSecondsLoop();
    assertThat(late.isLocal(IpAddress.parse("10.0.0.7"))).isTrue();
    assertThat(late.interfaces()).as("no interface is open yet").isEmpty();
    assertThat(late.destination(FAR)).isNull();
  }

  @Test
  void aPathMtuOfOneShardIsPublishedToAll() {
    IpHost second = second();
    attach();
    runSecondsLoop();
    open(first);
    open(second);
    List<String> told = new ArrayList<>();
    first.onPathMtu((destination, mtu) -> told.add("first " + destination + " " + mtu));
    second.onPathMtu((destination, mtu) -> told.add("second " + destination + " " + mtu));

    second.destination(FAR).lowerMtu(1400);
    assertThat(first.destination(FAR).mtu()).isEqualTo(1400);
    runSecondsLoop();
    assertThat(second.destination(FAR).mtu()).isEqualTo(1400);
    assertThat(told).containsExactly("first 203.0.113.5 1400", "second 203.0.113.5 1400");

    network.forgetPathMtus();
    runSecondsLoop();
    assertThat(first.destination(FAR).mtu()).isEqualTo(1500);
    assertThat(second.destination(FAR).mtu()).isEqualTo(1500);
  }

  @Test
  void allShardsAvoidAGatewayThatFailedOnOne() {
    IpHost second = second();
    attach();
    network.routes(routes -> routes.with(
        new Route(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("10.0.0.2"), "eth0", 5)));
    runSecondsLoop();
    open(first);
    open(second);
    neighbors.failed.add(GATEWAY);
    second.onNeighborFailureChanged(GATEWAY);
    assertThat(first.destination(FAR).nextHop()).isEqualTo(IpAddress.parse("10.0.0.2"));
    runSecondsLoop();
    assertThat(second.destination(FAR).nextHop()).isEqualTo(IpAddress.parse("10.0.0.2"));
  }

  @Test
  void aConflictNotifiesAllShardsAndChangesNothing() {
    IpHost second = second();
    attach();
    runSecondsLoop();
    first.onEvent(events::add);
    second.onEvent(events::add);
    HostSnapshot before = network.snapshot();
    network.conflict("eth0", IpAddress.parse("10.0.0.7"), MacAddress.parse("02:00:00:00:00:09"));
    assertThat(events).hasSize(1);
    runSecondsLoop();
    assertThat(events).hasSize(2).allMatch(InterfaceEvent.AddressConflict.class::isInstance);
    assertThat(network.snapshot()).isSameAs(before);
  }

  @Test
  void joiningAGroupDoesNotChangeTheGeneration() {
    attach();
    NetworkInterface eth0 = open(first);
    long before = network.snapshot().generation();
    eth0.join(IpAddress.parse("239.1.1.1"));
    assertThat(eth0.listensTo(IpAddress.parse("239.1.1.1"))).isTrue();
    eth0.leave(IpAddress.parse("239.1.1.1"));
    assertThat(eth0.listensTo(IpAddress.parse("239.1.1.1"))).isFalse();
    assertThat(network.snapshot().generation()).isEqualTo(before);
  }

  @Test
  void interfaceNamesAreUnique() {
    attach();
    assertThatIllegalArgumentException().isThrownBy(this::attach).withMessage("there is already an interface eth0");
    assertThatIllegalArgumentException().isThrownBy(() -> first.addressesOf("eth9"))
        .withMessage("there is no interface eth9");
    assertThat(TestInterfaces.host().interfaces()).isEmpty();
  }
}
