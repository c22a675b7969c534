package io.reactorstack.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpPrefixTest {

  @Provide
  Arbitrary<IpPrefix> prefixes() {
    Arbitrary<IpPrefix> v4 = Combinators.combine(Arbitraries.integers(), Arbitraries.integers().between(0, 32))
        .as((bits, length) -> new IpPrefix(new Ipv4Address(bits), length));
    Arbitrary<IpPrefix> v6 = Combinators
        .combine(Arbitraries.longs(), Arbitraries.longs(), Arbitraries.integers().between(0, 128))
        .as((high, low, length) -> new IpPrefix(new Ipv6Address(high, low), length));
    return Arbitraries.oneOf(v4, v6);
  }

  /** The address as a number: an independent model of the arithmetic. */
  private static BigInteger number(IpAddress address) {
    return new BigInteger(1, address.bytes());
  }

  @Property
  void itsAddressesAreThoseFromTheFirstToTheLast(@ForAll("prefixes") IpPrefix prefix) {
    BigInteger first = number(prefix.firstAddress());
    BigInteger last = number(prefix.lastAddress());
    BigInteger size = prefix.size();
    assertThat(first.mod(size)).isZero();
    assertThat(number(prefix.address()).divide(size)).isEqualTo(first.divide(size));
    assertThat(last.subtract(first).add(BigInteger.ONE)).isEqualTo(size);
    assertThat(prefix.contains(prefix.firstAddress())).isTrue();
    assertThat(prefix.contains(prefix.lastAddress())).isTrue();
    if (prefix.length() > 0) {
      assertThat(prefix.contains(prefix.firstAddress().previous())).isFalse();
      assertThat(prefix.contains(prefix.lastAddress().next())).isFalse();
    }
    assertThat(prefix.network().address()).isEqualTo(prefix.firstAddress());
    assertThat(prefix.network().network()).isEqualTo(prefix.network());
  }

  @Property
  void oneOfTwoOverlappingNetworksContainsTheOther(
      @ForAll("prefixes") IpPrefix one, @ForAll("prefixes") IpPrefix other) {
    boolean sameFamily = one.address().isV4() == other.address().isV4();
    boolean overlap = sameFamily
        && number(one.firstAddress()).compareTo(number(other.lastAddress())) <= 0
        && number(other.firstAddress()).compareTo(number(one.lastAddress())) <= 0;
    assertThat(one.overlaps(other)).isEqualTo(overlap).isEqualTo(other.overlaps(one));
    assertThat(one.contains(other) || other.contains(one)).isEqualTo(overlap);
  }

  @Property
  void theSupernetContainsTheNetworkAmongItsSubnets(@ForAll("prefixes") IpPrefix prefix, @ForAll int choice) {
    int shorter = Math.floorMod(choice, prefix.length() + 1);
    IpPrefix above = prefix.supernet(shorter);
    assertThat(above.length()).isEqualTo(shorter);
    assertThat(above.contains(prefix)).isTrue();
    BigInteger index = number(prefix.firstAddress()).subtract(number(above.address())).divide(prefix.size());
    assertThat(above.subnet(prefix.length(), index)).isEqualTo(prefix.network());
    assertThat(index).isLessThan(above.subnetCount(prefix.length()));
  }

  @Property
  void subnetsDivideTheNetworkInOrder(@ForAll("prefixes") IpPrefix prefix, @ForAll int choice) {
    int longer = Math.min(prefix.address().bitLength(), prefix.length() + Math.floorMod(choice, 7));
    List<IpPrefix> subnets = prefix.subnets(longer).toList();
    assertThat(BigInteger.valueOf(subnets.size())).isEqualTo(prefix.subnetCount(longer));
    assertThat(subnets.getFirst().firstAddress()).isEqualTo(prefix.firstAddress());
    assertThat(subnets.getLast().lastAddress()).isEqualTo(prefix.lastAddress());
    for (int i = 1; i < subnets.size(); i++) {
      assertThat(subnets.get(i).firstAddress()).isEqualTo(subnets.get(i - 1).lastAddress().next());
    }
  }

  @Property
  void survivesItsText(@ForAll("prefixes") IpPrefix prefix) {
    assertThat(IpPrefix.parse(prefix.toString())).isEqualTo(prefix);
    if (prefix.address().isV4()) {
      assertThat(IpPrefix.parse(prefix.address() + "/" + prefix.mask())).isEqualTo(prefix);
    }
  }

  @Property
  void theNeighborsOfAnAddressAreOneAway(@ForAll("prefixes") IpPrefix prefix) {
    IpAddress address = prefix.address();
    BigInteger all = BigInteger.ONE.shiftLeft(address.bitLength());
    assertThat(number(address.next())).isEqualTo(number(address).add(BigInteger.ONE).mod(all));
    assertThat(address.next().previous()).isEqualTo(address);
    assertThat(address.compareTo(address.next())).isEqualTo(number(address).compareTo(number(address.next())));
  }

  @ParameterizedTest
  @CsvSource({
      "192.0.2.77/24, 192.0.2.0, 192.0.2.255, 192.0.2.1, 192.0.2.254, 255.255.255.0",
      "10.1.2.3/8, 10.0.0.0, 10.255.255.255, 10.0.0.1, 10.255.255.254, 255.0.0.0",
      "192.0.2.7/30, 192.0.2.4, 192.0.2.7, 192.0.2.5, 192.0.2.6, 255.255.255.252",
      "192.0.2.7/31, 192.0.2.6, 192.0.2.7, 192.0.2.6, 192.0.2.7, 255.255.255.254",
      "192.0.2.7/32, 192.0.2.7, 192.0.2.7, 192.0.2.7, 192.0.2.7, 255.255.255.255",
      "192.0.2.7/0, 0.0.0.0, 255.255.255.255, 0.0.0.1, 255.255.255.254, 0.0.0.0",
      "2001:db8::7/64, 2001:db8::, 2001:db8::ffff:ffff:ffff:ffff, 2001:db8::1, 2001:db8::ffff:ffff:ffff:ffff, ffff:ffff:ffff:ffff::",
      "2001:db8::7/127, 2001:db8::6, 2001:db8::7, 2001:db8::6, 2001:db8::7, ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"})
  void knowsItsSpecialAddresses(
      String text, String first, String last, String firstHost, String lastHost, String mask) {
    IpPrefix prefix = IpPrefix.parse(text);
    assertThat(prefix.firstAddress()).hasToString(first);
    assertThat(prefix.lastAddress()).hasToString(last);
    assertThat(prefix.firstHost()).hasToString(firstHost);
    assertThat(prefix.lastHost()).hasToString(lastHost);
    assertThat(prefix.mask()).isEqualTo(mask);
  }

  @Test
  void onlyIpv4NetworksOfMoreThanTwoAddressesHaveABroadcastAddress() {
    assertThat(IpPrefix.parse("192.0.2.7/24").broadcastAddress()).isEqualTo(
        Optional.of(Ipv4Address.parse("192.0.2.255")));
    assertThat(IpPrefix.parse("192.0.2.7/31").broadcastAddress()).isEmpty();
    assertThat(IpPrefix.parse("192.0.2.7/32").broadcastAddress()).isEmpty();
    assertThat(IpPrefix.parse("2001:db8::/64").broadcastAddress()).isEmpty();
  }

  @Test
  void hostsAndSubnetsOfALargeNetworkAreMadeOnDemand() {
    IpPrefix all = IpPrefix.parse("::/0");
    assertThat(all.hosts().limit(2).toList()).hasToString("[::1, ::2]");
    assertThat(all.subnets(128).skip(3).findFirst()).contains(IpPrefix.parse("::3/128"));
    assertThat(all.subnetCount(128)).isEqualTo(BigInteger.TWO.pow(128));
    assertThat(IpPrefix.parse("192.0.2.0/29").hosts().toList()).hasSize(6)
        .first().hasToString("192.0.2.1");
    assertThat(IpPrefix.parse("192.0.2.4/32").hosts().toList()).hasToString("[192.0.2.4]");
    assertThat(IpPrefix.parse("255.255.255.254/31").hosts().count()).isEqualTo(2);
  }

  @Test
  void rejectsLengthsAndNumbersOutOfRange() {
    IpPrefix lan = IpPrefix.parse("192.0.2.0/24");
    assertThatThrownBy(() -> lan.subnets(23)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> lan.subnets(33)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> lan.supernet(25)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> lan.subnet(26, BigInteger.valueOf(4)))
        .hasMessage("subnet 4 of 192.0.2.0/24 is out of range: 0 to 3");
    assertThatThrownBy(() -> lan.subnet(26, BigInteger.valueOf(-1))).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+8", "192.0.2.0/", "192.0.2.0/0255.0.0", "/24",
      "192.0.2.0/255.0.255.0", "2001:db8::/255.0.0.0", "2001:db8::/129", "fe80::1%eth0/64", "192.0.2.0/24/24",
      "192.0.2.0/٢٤"})
  void rejectsOtherTexts(String text) {
    assertThatThrownBy(() -> IpPrefix.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
