package io.reactorstack.ip.forward;

import static io.reactorstack.ip.forward.TestRouter.DATA;
import static io.reactorstack.ip.forward.TestRouter.FAR;
import static io.reactorstack.ip.forward.TestRouter.FAR6;
import static io.reactorstack.ip.forward.TestRouter.FAST;
import static io.reactorstack.ip.forward.TestRouter.NEAR;
import static io.reactorstack.ip.forward.TestRouter.NEAR6;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.ipv6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.reactorstack.routing.ForwardingSettings;
import io.reactorstack.routing.PacketFilter;
import io.reactorstack.routing.PacketFilter.Action;
import io.reactorstack.testing.Requirement;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Filters, excluded interfaces and failed interfaces of a router. */
class RouterSettingsTest {

  private static final byte[] PACKET = ipv4(NEAR, FAR, 253, DATA);
  private static final byte[] PACKET6 = ipv6(NEAR6, FAR6, 253, DATA);

  private static TestRouter router(UnaryOperator<ForwardingSettings> settings) {
    return TestRouter.reporting(settings, FAST);
  }

  private static TestRouter filtering(UnaryOperator<PacketFilter> filter) {
    return router(settings -> settings.withFilter(filter.apply(PacketFilter.PASS_ALL)));
  }

  @Test
  @Requirement({"RFC1812-5.3.9-01", "RFC1812-5.3.9-04"})
  void aFilterListsWhatPassesOrWhatDoesNot() {
    TestRouter black = filtering(filter -> filter.discard("10.0.0.0/24", "10.9.0.0/24"));
    black.assertRefused(PACKET, ForwardDrop.FILTERED);
    black.assertPasses(PACKET6);
    TestRouter white = filtering(filter -> filter.pass("10.0.0.0/24", "10.9.0.0/24").otherwise(Action.DISCARD));
    white.assertPasses(PACKET);
    white.assertRefused(PACKET6, ForwardDrop.FILTERED);
  }

  @Test
  @Requirement({"RFC1812-5.3.9-02", "RFC1812-5.3.9-03"})
  void prefixesOfAnyLengthSelectBySourceAndDestination() {
    for (String source : new String[] {"10.0.0.2/32", "10.0.0.2/31", "10.0.0.0/9", "8.0.0.0/6", "0.0.0.0/0"}) {
      for (String destination : new String[] {"10.9.0.2/32", "10.9.0.0/17", "0.0.0.0/1"}) {
        filtering(filter -> filter.discard(source, destination)).assertRefused(PACKET, ForwardDrop.FILTERED);
      }
    }
    filtering(filter -> filter.discard("10.0.0.3/32", "10.9.0.2/32")).assertPasses(PACKET);
    filtering(filter -> filter.discard("10.0.0.2/32", "10.9.0.3/32")).assertPasses(PACKET);
    filtering(filter -> filter.discard("10.9.0.2/32", "10.0.0.2/32")).assertPasses(PACKET);
    filtering(filter -> filter.discard("2001:db8:1::/48", "2001:db8:2::2/128")).assertPasses(PACKET);
    filtering(filter -> filter.discard("2001:db8:1::/48", "2001:db8:2::2/128"))
        .assertRefused(PACKET6, ForwardDrop.FILTERED);
  }

  @Test
  @Requirement({"RFC1812-5.3.9-05", "RFC1812-5.3.9-06", "RFC1812-5.2.7.1-05"})
  void anyMatchesEveryAddress() {
    TestRouter router = filtering(filter -> filter.discard("any", "10.9.0.2/32").discard(NEAR6 + "/128", "any"));
    router.assertRefused(PACKET, ForwardDrop.FILTERED);
    router.assertRefused(PACKET6, ForwardDrop.FILTERED);
    TestRouter closed = filtering(filter -> filter.discard("any", "any"));
    closed.assertRefused(PACKET, ForwardDrop.FILTERED);
    closed.assertRefused(PACKET6, ForwardDrop.FILTERED);
  }

  @Test
  void theFirstRuleDecides() {
    TestRouter router = filtering(filter -> filter.pass(NEAR + "/32", "any").discard("10.0.0.0/24", "any"));
    router.assertPasses(PACKET);
    router.assertRefused(ipv4("10.0.0.3", FAR, 253, DATA), ForwardDrop.FILTERED);
  }

  @Test
  @Requirement({"RFC1812-5.3.9-07", "RFC1812-5.3.9-08", "RFC4443-3.1-09"})
  void aRejectedPacketIsReportedAsProhibited() {
    TestRouter router = filtering(filter -> filter.reject("any", "10.9.0.0/16").reject("any", "2001:db8:2::/48"));
    router.assertError(PACKET, 3, 13);
    router.assertError(PACKET6, 1, 1);
    assertThat(router.drops.get(ForwardDrop.FILTERED)).isEqualTo(2);
  }

  @Test
  @Requirement({"RFC1812-5.3.9-09", "RFC1812-5.3.9-10", "RFC1812-5.2.7.1-04"})
  void eachRuleSaysWhetherTheSenderIsInformed() {
    TestRouter router = filtering(
        filter -> filter.discard(NEAR + "/32", "any").reject("10.0.0.0/24", "any").otherwise(Action.REJECT));
    router.assertRefused(PACKET, ForwardDrop.FILTERED);
    router.assertError(ipv4("10.0.0.3", FAR, 253, DATA), 3, 13);
    router.assertError(PACKET6, 1, 1);
    assertThat(router.drops.get(ForwardDrop.FILTERED)).isEqualTo(3);
  }

  @Test
  void aFilterDoesNotConcernTheRouterItself() {
    TestRouter router = filtering(filter -> filter.discard("any", "any"));
    router.receive(ipv4(NEAR, "10.0.0.1", 253, DATA));
    router.receive(ipv4(NEAR, "10.9.0.1", 253, DATA));
    assertThat(router.delivered).hasSize(2);
  }

  @Test
  void aRuleNamesTwoNetworksOfOneVersion() {
    assertThatIllegalArgumentException().isThrownBy(() -> PacketFilter.PASS_ALL.pass("10.0.0.0/8", "2001:db8::/32"))
        .withMessageContaining("versions");
    assertThatIllegalArgumentException().isThrownBy(() -> PacketFilter.PASS_ALL.discard("everywhere", "any"));
  }

  @Test
  @Requirement("RFC1812-5.3.11-01")
  void anExcludedInterfaceTakesNoPartInForwarding() {
    TestRouter inbound = router(settings -> settings.withExcluded("p0"));
    inbound.assertRefused(PACKET, ForwardDrop.INTERFACE_EXCLUDED);
    inbound.receive(ipv4(NEAR, "10.9.0.1", 253, DATA));
    assertThat(inbound.delivered).hasSize(1);
    TestRouter outbound = router(settings -> settings.withExcluded("p1", "p2"));
    outbound.assertError(PACKET, 3, 0);
    outbound.assertError(PACKET6, 1, 0);
    assertThat(outbound.drops.get(ForwardDrop.INTERFACE_EXCLUDED)).isEqualTo(2);
    router(settings -> settings.withExcluded("p2")).assertPasses(PACKET);
  }

  @Test
  @Requirement({"RFC1812-5.3.12.3-01", "RFC1812-5.3.12.3-03"})
  void noRouteLeadsOverAFailedInterface() {
    TestRouter router = router(settings -> settings);
    router.route("203.0.113.0/24", "10.9.0.7", "p1", 0);
    byte[] beyond = ipv4(NEAR, "203.0.113.1", 253, DATA);
    router.assertPasses(beyond);
    router.host.network().carrying("p1", false);
    router.assertError(PACKET, 3, 0);
    router.assertError(PACKET6, 1, 0);
    router.assertError(beyond, 3, 0);
    router.route("203.0.113.0/24", "10.8.0.7", "p2", 9);
    router.receive(beyond);
    assertThat(router.out2.only()).isEqualTo(TestRouter.withHops(beyond, 63));
    router.host.network().carrying("p1", true);
    router.assertPasses(PACKET);
    router.assertPasses(beyond);
  }
}
