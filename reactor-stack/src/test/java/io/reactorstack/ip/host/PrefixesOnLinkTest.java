package io.reactorstack.ip.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.layer.Egress;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestInterfaces;
import io.reactorstack.testing.VirtualLoop;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** The prefix of an address decides which destinations are on its link, whatever its length. */
class PrefixesOnLinkTest {

  private final VirtualLoop loop = new VirtualLoop();

  /** Returns a host with eth0, over which the gateways are reached, and eth1 without an address. */
  private IpHost host() {
    IpHost host = TestInterfaces.host();
    TestInterfaces.attachLoopback(host, new Egress<>(loop.newTurn()));
    TestInterfaces.attach(host, "eth0", 1500, new Egress<>(loop.newTurn()), "10.0.0.7/24", "fe80::7/64");
    TestInterfaces.attach(host, "eth1", 1500, new Egress<>(loop.newTurn()));
    return host;
  }

  /** Addresses of the classes A, B and C without 0.0.0.0/8 and 127.0.0.0/8. */
  @Provide
  Arbitrary<Integer> unicast() {
    return Arbitraries.oneOf(Arbitraries.integers().between(0x0100_0000, 0x7eff_ffff),
        Arbitraries.integers().between(0x8000_0000, 0xdfff_ffff));
  }

  @Property
  @Requirement("RFC1122-3.2.1.3-08")
  void masksOfAnyLengthDecideWhatIsOnTheLink(@ForAll("unicast") int address, @ForAll("unicast") int other,
      @ForAll @IntRange(min = 1, max = 30) int length) {
    IpHost host = host();
    // The last bits 01 are a host number with every mask: neither all zeros, the network, nor all ones, its broadcast.
    int own = address & ~0b11 | 0b01;
    IpPrefix prefix = new IpPrefix(new Ipv4Address(own), length);
    TestInterfaces.address(host, host.named("eth1"), prefix.toString());
    host.network().routes(routes -> RoutingTable.of(Route.onLink(prefix, "eth1"),
        Route.defaultVia(IpAddress.parse("10.0.0.1"), "eth0")));
    for (int each : new int[] {other, own & Ipv4Address.mask(length) | other & ~Ipv4Address.mask(length)}) {
      Ipv4Address destination = new Ipv4Address(each);
      boolean near = (each & Ipv4Address.mask(length)) == (own & Ipv4Address.mask(length));
      if (each >>> 24 != 0 && each >>> 24 != 127 && each >>> 28 < 0xe && !host.isLocal(destination)) {
        boolean direct = near || host.isBroadcast(destination);
        assertThat(host.destination(destination).nextHop())
            .isEqualTo(direct ? destination : IpAddress.parse("10.0.0.1"));
      }
    }
  }

  @Property
  @Requirement("RFC4291-2.5-01")
  void ipv6PrefixesOfAnyLengthDecideWhatIsOnTheLink(@ForAll long low, @ForAll @IntRange(min = 0, max = 127) int bit,
      @ForAll @IntRange(min = 16, max = 128) int length) {
    IpHost host = host();
    Ipv6Address own = new Ipv6Address(0x2001_0db8_0000_0000L, low);
    IpPrefix prefix = new IpPrefix(own, length);
    TestInterfaces.address(host, host.named("eth1"), prefix.toString());
    host.network().routes(routes -> RoutingTable.of(Route.onLink(prefix, "eth1"),
        new Route(IpPrefix.parse("::/0"), IpAddress.parse("fe80::1"), "eth0", 0)));
    Ipv6Address other = bit < 64
        ? new Ipv6Address(own.high() ^ 1L << (63 - bit), low)
        : new Ipv6Address(own.high(), low ^ 1L << (127 - bit));
    if (!other.isMulticast() && !other.isLinkLocal() && !other.isLoopback()) {
      assertThat(host.destination(other).nextHop()).isEqualTo(bit >= length ? other : IpAddress.parse("fe80::1"));
    }
  }
}
