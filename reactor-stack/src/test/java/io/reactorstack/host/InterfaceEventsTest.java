package io.reactorstack.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** The stream of events of a host's interfaces, addresses and routes. */
@Timeout(60)
class InterfaceEventsTest {

  private static final String IF = "if0";
  private static final IpPrefix DEFAULT_ROUTE = IpPrefix.parse("0.0.0.0/0");
  private static final IpAddress GATEWAY = IpAddress.parse("10.0.0.9");

  private Lab lab;
  private Host host;
  private Host other;
  private final List<InterfaceEvent> events = new ArrayList<>();

  @BeforeEach
  void start() {
    lab = Lab.virtual(3);
    Switch lan = lab.newSwitch("lan");
    host = lab.host("host").address("10.0.0.1/24").connectTo(lan);
    other = lab.host("other").address("10.0.0.2/24").connectTo(lan);
    host.stack().interfaceEvents().subscribe(events::add);
    lab.advance(Duration.ofMillis(1));
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  @Test
  @Requirement("RFC5227-2.4-09")
  void reportsAnotherStationThatUsesTheHostsAddress() {
    lab.await(other.stack().addAddress(IF, IpPrefix.parse("10.0.0.1/24")));
    lab.advance(Duration.ofSeconds(1));
    assertThat(events).as("two announcements, and one more in defence").hasSizeGreaterThan(2);
    assertThat(List.copyOf(new LinkedHashSet<>(events))).containsExactly(new InterfaceEvent.Up(IF),
        new InterfaceEvent.AddressConflict(IF, IpAddress.parse("10.0.0.1"), other.macAddress()));
  }

  @Test
  void reportsAddedAndRemovedAddressesAndRoutes() {
    IpPrefix second = IpPrefix.parse("172.16.0.1/16");
    lab.await(host.stack().addAddress(IF, second));
    lab.await(host.stack().addRoute(DEFAULT_ROUTE, GATEWAY));
    lab.await(host.stack().addRoute(DEFAULT_ROUTE, GATEWAY));
    lab.await(host.stack().removeRoute(DEFAULT_ROUTE, GATEWAY));
    lab.await(host.stack().removeAddress(second.address()));
    lab.advance(Duration.ofMillis(1));
    assertThat(events).containsExactly(
        new InterfaceEvent.Up(IF),
        new InterfaceEvent.AddressAdded(IF, second),
        new InterfaceEvent.RouteAdded(IF, second, null),
        new InterfaceEvent.RouteAdded(IF, DEFAULT_ROUTE, GATEWAY),
        new InterfaceEvent.RouteRemoved(IF, DEFAULT_ROUTE, GATEWAY),
        new InterfaceEvent.AddressRemoved(IF, second),
        new InterfaceEvent.RouteRemoved(IF, second, null));
  }

  @Test
  void reportsAGatewayThatDoesNotAnswer() {
    lab.await(host.stack().addRoute(DEFAULT_ROUTE, GATEWAY));
    host.stack().icmp().ping(IpAddress.parse("192.0.2.1")).subscribe(reply -> {}, error -> {});
    lab.advance(Duration.ofSeconds(5));
    assertThat(events).endsWith(new InterfaceEvent.GatewayFailed(IF, GATEWAY));
    lab.await(other.stack().addAddress(IF, IpPrefix.parse(GATEWAY + "/24")));
    lab.advance(Duration.ofSeconds(1));
    assertThat(events).endsWith(new InterfaceEvent.GatewayRestored(IF, GATEWAY));
  }

  // A stranger on the link determines the number of these events.
  @Test
  void keepsTheLatestUnrequestedEventOfEachSubjectUpToALimit() {
    List<InterfaceEvent> slow = new ArrayList<>();
    var subscriber = new BaseSubscriber<InterfaceEvent>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        // The test requests events itself.
      }

      @Override
      protected void hookOnNext(InterfaceEvent event) {
        slow.add(event);
      }
    };
    host.stack().interfaceEvents().subscribe(subscriber);
    IpPrefix flapping = IpPrefix.parse("172.16.0.1/16");
    for (int i = 0; i < 3; i++) {
      lab.await(host.stack().addAddress(IF, flapping));
      lab.await(host.stack().removeAddress(flapping.address()));
    }
    lab.run(() -> subscriber.request(10));
    lab.advance(Duration.ofMillis(1));
    assertThat(slow).containsExactly(new InterfaceEvent.Up(IF), new InterfaceEvent.AddressRemoved(IF, flapping),
        new InterfaceEvent.RouteRemoved(IF, flapping, null));

    slow.clear();
    lab.run(() -> {
      for (int i = 0; i < InterfaceEvents.MOST + 10; i++) {
        IpPrefix network = new IpPrefix(new io.reactorstack.packet.Ipv4Address(0xc000_0200 + (i << 8)), 24);
        host.stack().addRoute(network, GATEWAY).subscribe();
      }
    });
    lab.run(() -> subscriber.request(Long.MAX_VALUE));
    lab.advance(Duration.ofMillis(1));
    assertThat(slow).hasSize(InterfaceEvents.MOST);
  }
}
