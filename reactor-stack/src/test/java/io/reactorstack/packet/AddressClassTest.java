package io.reactorstack.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.testing.Requirement;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressClassTest {

  @ParameterizedTest
  @CsvSource({
      "0.0.0.0, UNSPECIFIED", "0.1.2.3, THIS_NETWORK", "10.255.0.1, PRIVATE", "11.0.0.0, GLOBAL",
      "100.64.0.0, SHARED", "100.127.255.255, SHARED", "100.128.0.0, GLOBAL", "127.3.2.1, LOOPBACK",
      "169.254.7.7, LINK_LOCAL", "172.15.0.1, GLOBAL", "172.31.0.1, PRIVATE", "172.32.0.1, GLOBAL",
      "192.0.0.1, PROTOCOL", "192.0.0.171, PROTOCOL", "192.0.2.1, DOCUMENTATION", "192.88.99.1, SIX_TO_FOUR",
      "192.168.1.1, PRIVATE", "198.19.255.255, BENCHMARKING", "198.51.100.1, DOCUMENTATION",
      "203.0.113.1, DOCUMENTATION", "8.8.8.8, GLOBAL", "224.0.0.1, MULTICAST", "239.255.255.255, MULTICAST",
      "240.0.0.1, RESERVED", "255.255.255.254, RESERVED", "255.255.255.255, BROADCAST",
      "::, UNSPECIFIED", "::1, LOOPBACK", "::2, GLOBAL", "64:ff9b::808:808, IPV4_TRANSLATION",
      "64:ff9b:1::1, IPV4_TRANSLATION", "100::1, DISCARD", "2001::1, TEREDO", "2001:1::1, PROTOCOL",
      "2001:2::1, BENCHMARKING", "2001:1ff::1, PROTOCOL", "2001:200::1, GLOBAL", "2001:db8:1::1, DOCUMENTATION",
      "2002:c000:204::1, SIX_TO_FOUR", "3fff:fff::1, DOCUMENTATION", "3fff:1000::1, GLOBAL",
      "5f00::1, SEGMENT_IDENTIFIER", "fc00::1, UNIQUE_LOCAL", "fdff::1, UNIQUE_LOCAL", "fe80::1, LINK_LOCAL",
      "febf::1, LINK_LOCAL", "ff02::1, MULTICAST", "2a00:1450::1, GLOBAL"})
  void theClassIsThatOfTheMostSpecificBlock(String address, AddressClass expected) {
    assertThat(IpAddress.parse(address).addressClass()).isEqualTo(expected);
  }

  @Test
  @Requirement({"RFC4291-2.4-01", "RFC4291-2.5.7-01"})
  void ipv6AddressesOutsideTheSpecialBlocksAreGlobal() {
    for (String global : new String[] {"1::1", "4000::1", "8000::1", "e000::1", "fe00::1", "fec0::1", "feff::1"}) {
      assertThat(IpAddress.parse(global).addressClass()).as(global).isEqualTo(AddressClass.GLOBAL);
      assertThat(IpAddress.parse(global).isGlobal()).as(global).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"8.8.8.8, true", "192.0.0.9, true", "192.0.0.8, false", "10.0.0.1, false", "224.0.0.251, false",
      "239.1.2.3, false", "233.252.0.1, true", "64:ff9b::1, true", "64:ff9b:1::1, false", "2001:db8::1, false",
      "2002::1, false", "fd00::1, false", "ff02::fb, false", "ff0e::1, true", "2001:1::2, true"})
  void globalAddressesAreReachableFromOtherSites(String address, boolean global) {
    assertThat(IpAddress.parse(address).isGlobal()).isEqualTo(global);
  }

  @Test
  void mappedAddressesContainAnIpv4Address() {
    Ipv4Address v4 = Ipv4Address.parse("192.0.2.1");
    Ipv6Address mapped = v4.toMapped();
    assertThat(mapped.mappedIpv4()).isEqualTo(v4);
    assertThat(mapped.addressClass()).isEqualTo(AddressClass.IPV4_MAPPED);
    assertThat(Ipv6Address.LOOPBACK.mappedIpv4()).isNull();
  }

  @Test
  void noBlockIsListedTwice() {
    assertThat(SpecialBlock.ALL).extracting(SpecialBlock::prefix).doesNotHaveDuplicates();
    assertThat(SpecialBlock.ALL).allSatisfy(block -> {
      assertThat(block.prefix().network()).isEqualTo(block.prefix());
      // RFC 6890 2.2.1: what is no destination is neither forwardable nor global.
      assertThat(block.destination() || !block.forwardable()).isTrue();
      assertThat(block.forwardable() || !block.globallyReachable()).isTrue();
    });
  }

  // ---- zones

  @ParameterizedTest
  @ValueSource(strings = {"fe80::1%eth0", "fe80::1%2", "ff02::fb%tap0.10", "ff08::1%if1", "fe80::ff:fe00:1%en-0"})
  void anAddressWithAZoneSurvivesItsText(String text) {
    IpAddress address = IpAddress.parse(text);
    assertThat(address).hasToString(text);
    assertThat(((Ipv6Address) address).zone()).hasToString(text.substring(text.indexOf('%') + 1));
    assertThat(address.withoutZone()).hasToString(text.substring(0, text.indexOf('%')));
    assertThat(new Endpoint(address, 80)).hasToString("[" + text + "]:80");
    assertThat(IpAddress.isLiteral(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fe80::1%", "fe80::1%a b", "fe80::1%a%b", "fe80::1%a/64", "2001:db8::1%eth0", "::1%lo",
      "ff0e::1%eth0", "192.0.2.1%eth0", "%eth0", "fe80::1%eth0]"})
  void rejectsZonesThatMeanNothing(String text) {
    assertThatThrownBy(() -> IpAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void addressesInDifferentZonesDiffer() {
    IpAddress left = IpAddress.parse("fe80::1%eth0");
    IpAddress right = IpAddress.parse("fe80::1%eth1");
    IpAddress bare = IpAddress.parse("fe80::1");
    assertThat(left).isNotEqualTo(right).isNotEqualTo(bare).isEqualTo(IpAddress.parse("fe80:0::1%eth0"));
    assertThat(left.compareTo(right)).isNegative();
    assertThat(bare.compareTo(left)).isNegative();
    assertThat(left.withoutZone()).isEqualTo(right.withoutZone()).isEqualTo(bare);
  }

  @Property
  void octetsHaveNoZone(@ForAll long low) {
    Ipv6Address bare = new Ipv6Address(0xfe80_0000_0000_0000L, low);
    Ipv6Address zoned = bare.withZone(new Ipv6Address.Zone("eth0", 2));
    assertThat(zoned.bytes()).isEqualTo(bare.bytes());
    assertThat(zoned.wordSum()).isEqualTo(bare.wordSum());
    assertThat(zoned.sharesPrefix(bare, 128)).isTrue();
  }

  @Test
  void theScopeOfTheJdkIsAZoneByNumber() throws UnknownHostException {
    byte[] linkLocal = IpAddress.parse("fe80::1").bytes();
    IpAddress scoped = IpAddress.of(Inet6Address.getByAddress(null, linkLocal, 3));
    assertThat(scoped).hasToString("fe80::1%3");
    assertThat(((Inet6Address) scoped.toInetAddress()).getScopeId()).isEqualTo(3);
    InetAddress named = IpAddress.parse("fe80::1%eth0").toInetAddress();
    assertThat(((Inet6Address) named).getScopeId()).isZero();
    // The JDK gives a scope also to global addresses of its interfaces.
    byte[] global = IpAddress.parse("2001:db8::1").bytes();
    assertThat(IpAddress.of(Inet6Address.getByAddress(null, global, 3))).hasToString("2001:db8::1");
  }
}
