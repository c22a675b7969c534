package io.reactorstack.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {

  @Property
  void macAddressSurvivesTextAndWire(@ForAll @LongRange(max = 0xffff_ffff_ffffL) long bits) {
    MacAddress mac = new MacAddress(bits);
    assertThat(MacAddress.parse(mac.toString())).isEqualTo(mac);
    ByteBuf wire = Unpooled.buffer().writeZero(7);
    mac.set(wire, 1);
    assertThat(MacAddress.get(wire, 1)).isEqualTo(mac);
    wire.release();
  }

  @Test
  void macAddressRecognizesGroupsAndBroadcast() {
    assertThat(MacAddress.parse("01:00:5e:00:00:01").isGroup()).isTrue();
    assertThat(MacAddress.parse("02-00-00-00-00-01").isGroup()).isFalse();
    assertThat(MacAddress.BROADCAST.isGroup()).isTrue();
    assertThat(MacAddress.parse("02:00:00:00:00:01").isStation()).isTrue();
    assertThat(MacAddress.parse("00:00:00:00:00:00").isStation()).isFalse();
    assertThat(MacAddress.BROADCAST.isStation()).isFalse();
    assertThat(MacAddress.BROADCAST).hasToString("ff:ff:ff:ff:ff:ff");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "02:00:00:00:00", "02:00:00:00:00:0g", "0200:00:00:00:00:0", "02:00:00:00:00:01:02"})
  void macAddressRefusesOtherTexts(String text) {
    assertThatThrownBy(() -> MacAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Property
  void ipv4AddressSurvivesTextAndWire(@ForAll int bits) {
    Ipv4Address address = new Ipv4Address(bits);
    assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
    assertThat(IpAddress.of(address.toInetAddress())).isEqualTo(address);
    ByteBuf wire = Unpooled.buffer().writeZero(6);
    address.set(wire, 2);
    assertThat(Ipv4Address.get(wire, 2)).isEqualTo(address);
    wire.release();
  }

  @Property
  void ipv6AddressSurvivesTextAndWire(@ForAll long high, @ForAll long low) {
    Ipv6Address address = new Ipv6Address(high, low);
    assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
    ByteBuf wire = Unpooled.buffer().writeZero(20);
    address.set(wire, 3);
    assertThat(Ipv6Address.get(wire, 3)).isEqualTo(address);
    wire.release();
  }

  @Test
  void ipAddressesAreClassified() {
    assertThat(IpAddress.parse("239.1.2.3").isMulticast()).isTrue();
    assertThat(IpAddress.parse("240.0.0.1").isMulticast()).isFalse();
    assertThat(IpAddress.parse("127.9.9.9").isLoopback()).isTrue();
    assertThat(IpAddress.parse("0.0.0.0").isUnspecified()).isTrue();
    assertThat(IpAddress.parse("ff02::1").isMulticast()).isTrue();
    assertThat(IpAddress.parse("::1").isLoopback()).isTrue();
    assertThat(IpAddress.parse("2001:db8::1")).hasToString("2001:db8::1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "localhost", "1.2.3", "1.2.3.256", "1.2.3.4/24", ":::1"})
  void ipAddressRefusesOtherTexts(String text) {
    assertThatThrownBy(() -> IpAddress.parse(text)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not an IP address");
  }

  @Property
  void prefixOfTheFullLengthContainsOnlyItself(@ForAll int a, @ForAll int b) {
    IpPrefix host = new IpPrefix(new Ipv4Address(a), 32);
    assertThat(host.contains(new Ipv4Address(b))).isEqualTo(a == b);
  }

  @Property
  void prefixesAgreeWithBitArithmetic(@ForAll int a, @ForAll int b, @ForAll @IntRange(max = 32) int length) {
    boolean expected = length == 0 || a >>> 32 - length == b >>> 32 - length;
    assertThat(new IpPrefix(new Ipv4Address(a), length).contains(new Ipv4Address(b))).isEqualTo(expected);
  }

  @Test
  void prefixesOfBothFamilies() {
    assertThat(IpPrefix.parse("2001:db8:0:1::/63").contains(IpAddress.parse("2001:db8::7"))).isTrue();
    assertThat(IpPrefix.parse("2001:db8::/126").contains(IpAddress.parse("2001:db8::4"))).isFalse();
    assertThat(IpPrefix.parse("10.0.0.7/24").contains(IpAddress.parse("::1"))).isFalse();
    assertThat(IpPrefix.parse("10.0.0.7")).isEqualTo(IpPrefix.parse("10.0.0.7/32"));
    assertThatThrownBy(() -> IpPrefix.parse("10.0.0.7/33")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> IpPrefix.parse("10.0.0.7/x")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void directedBroadcast() {
    IpPrefix network = IpPrefix.parse("10.0.0.7/24");
    assertThat(network.isDirectedBroadcast(IpAddress.parse("10.0.0.255"))).isTrue();
    assertThat(network.isDirectedBroadcast(IpAddress.parse("10.0.1.255"))).isFalse();
    // RFC 3021: both addresses of a /31 are hosts.
    assertThat(IpPrefix.parse("10.0.0.0/31").isDirectedBroadcast(IpAddress.parse("10.0.0.1"))).isFalse();
  }

  @Test
  void endpointsConvert() {
    Endpoint end = Endpoint.of(new InetSocketAddress("192.0.2.1", 80));
    assertThat(end).hasToString("192.0.2.1:80");
    assertThat(end.toInetSocketAddress()).isEqualTo(new InetSocketAddress("192.0.2.1", 80));
    assertThat(new Endpoint(IpAddress.parse("2001:db8::1"), 80)).hasToString("[2001:db8::1]:80");
    assertThatThrownBy(() -> Endpoint.of(InetSocketAddress.createUnresolved("a.example", 80)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Endpoint(Ipv4Address.UNSPECIFIED, 65536)).isInstanceOf(IllegalArgumentException.class);
  }
}
