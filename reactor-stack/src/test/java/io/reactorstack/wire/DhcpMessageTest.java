package io.reactorstack.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.Requirement;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Tests of the codec of DHCP messages and options. */
class DhcpMessageTest {

  private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:07");
  private static final Ipv4Address ADDRESS = Ipv4Address.parse("192.0.2.7");
  private static final Ipv4Address SERVER = Ipv4Address.parse("192.0.2.1");
  private static final int SNAME = 44;
  private static final int FILE = 108;
  private static final int OPTIONS = 240;

  private final Drops drops = new Drops();

  private static DhcpMessage message(DhcpType type, DhcpOptions options) {
    return new DhcpMessage(type, 1, 0x12345678, 9, false, DhcpAddresses.NONE.withYiaddr(ADDRESS), MAC, options);
  }

  private static List<String> domains(int... octets) {
    byte[] value = new byte[octets.length];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) octets[i];
    }
    return DhcpOptions.NONE.with(DhcpOptions.DOMAIN_SEARCH, value).domainSearch();
  }

  @Test
  void aListOfDomainsIsReadWithItsPointersOrNotAtAll() {
    assertThat(domains(1, 'a', 1, 'b', 0, 1, 'c', 0xc0, 2, 0xc0, 5)).containsExactly("a.b", "c.b", "c.b");
    assertThat(domains()).isEmpty();
    assertThat(DhcpOptions.NONE.domainSearch()).isEmpty();
    // No end; a label behind the end; pointers forward, to themselves, in a circle; a reserved form; no labels.
    assertThat(domains(1, 'a')).isEmpty();
    assertThat(domains(9, 'a', 0)).isEmpty();
    assertThat(domains(1, 'a', 0xc0, 4, 0)).isEmpty();
    assertThat(domains(0xc0, 0)).isEmpty();
    assertThat(domains(1, 'a', 0xc0, 0)).isEmpty();
    assertThat(domains(1, 'a', 0xc0)).isEmpty();
    assertThat(domains(0x80, 'a', 0)).isEmpty();
    assertThat(domains(0)).isEmpty();
    assertThat(domains(1, ' ', 0)).isEmpty();
    Random random = new Random(5);
    for (int i = 0; i < 100_000; i++) {
      byte[] value = new byte[random.nextInt(60)];
      for (int at = 0; at < value.length; at++) {
        value[at] = (byte) (random.nextInt(4) == 0 ? 0xc0 | random.nextInt(4) : random.nextInt(70));
      }
      assertThat(DhcpOptions.NONE.with(DhcpOptions.DOMAIN_SEARCH, value).domainSearch()).hasSizeLessThanOrEqualTo(64);
    }
  }

  private static ByteBuf written(DhcpMessage message) {
    ByteBuf bytes = Unpooled.buffer(message.length() + 10).setIndex(message.length() + 10, message.length() + 10);
    message.write(bytes);
    return bytes;
  }

  /** Returns an ACK whose options are {@code octets}, without an end option unless they have one. */
  private static ByteBuf ack(int... octets) {
    ByteBuf bytes = written(message(DhcpType.ACK, DhcpOptions.NONE)).readSlice(OPTIONS);
    ByteBuf all = Unpooled.buffer().writeBytes(bytes);
    for (int octet : octets) {
      all.writeByte(octet);
    }
    return all;
  }

  private static void put(ByteBuf bytes, int at, int... octets) {
    for (int i = 0; i < octets.length; i++) {
      bytes.setByte(bytes.readerIndex() + at + i, octets[i]);
    }
  }

  private DhcpMessage parsed(ByteBuf bytes) {
    DhcpMessage message = DhcpMessage.parse(bytes, drops);
    assertThat(drops.snapshot()).isEmpty();
    return message;
  }

  private void assertRefused(ByteBuf bytes, DhcpDefect defect) {
    long before = drops.get(defect);
    assertThat(DhcpMessage.parse(bytes, drops)).isNull();
    assertThat(drops.get(defect)).as("%s in %s", defect, drops).isEqualTo(before + 1);
  }

  @Test
  @Requirement({"RFC2131-4.4.1-04", "RFC2132-8.20-01", "RFC2131-2-05"})
  void survivesTheRoundTrip() {
    DhcpOptions options = DhcpOptions.NONE
        .withAddress(DhcpOptions.SERVER_ID, SERVER)
        .withAddresses(DhcpOptions.DNS_SERVERS, List.of(SERVER, ADDRESS))
        .withNumber(DhcpOptions.LEASE_TIME, 0xffff_fffeL, 4)
        .withText(DhcpOptions.DOMAIN_NAME, "example.lab")
        .with(DhcpOptions.PARAMETER_LIST, (byte) 1, (byte) 3);
    for (DhcpType type : DhcpType.values()) {
      for (boolean broadcast : new boolean[] {true, false}) {
        var addresses = new DhcpAddresses(ADDRESS, SERVER, Ipv4Address.parse("10.0.0.3"),
            Ipv4Address.parse("10.0.0.4"));
        var sent = new DhcpMessage(type, 255, -1, 0xffff, broadcast, addresses, MAC, options);
        ByteBuf bytes = written(sent);
        assertThat(bytes.readableBytes()).isEqualTo(sent.length()).isEqualTo(DhcpMessage.SHORTEST);
        int at = bytes.readerIndex();
        assertThat(bytes.getByte(at)).as("op").isEqualTo((byte) (type.isReply() ? 2 : 1));
        assertThat(bytes.getByte(at + 1)).as("htype").isEqualTo((byte) 1);
        assertThat(bytes.getByte(at + 2)).as("hlen").isEqualTo((byte) 6);
        assertThat(bytes.getUnsignedShort(at + 10)).as("flags").isEqualTo(broadcast ? 0x8000 : 0);
        assertThat(MacAddress.get(bytes, at + 28)).isEqualTo(MAC);
        assertThat(bytes.getInt(at + OPTIONS)).as("message type").isEqualTo(0x3501_0000 | type.code() << 8 | 6);
        assertThat(parsed(bytes)).isEqualTo(sent).hasSameHashCodeAs(sent);
      }
    }
    assertThat(message(DhcpType.ACK, options)).isNotEqualTo(message(DhcpType.ACK, DhcpOptions.NONE));
  }

  @Test
  void textNamesTheFieldsThatHaveValues() {
    DhcpOptions options = DhcpOptions.NONE.withAddress(DhcpOptions.SERVER_ID, SERVER)
        .withNumber(DhcpOptions.LEASE_TIME, 600, 4);
    assertThat(message(DhcpType.OFFER, options))
        .hasToString("DHCP offer 192.0.2.7 from 192.0.2.1 lease 600 s xid 12345678");
    assertThat(new DhcpMessage(DhcpType.RELEASE, 0, 1, 0, false, DhcpAddresses.ofClient(ADDRESS), MAC, options))
        .asString().startsWith("DHCP release of 192.0.2.7 to 192.0.2.1");
  }

  @Test
  @Requirement({"RFC2131-2-04"})
  void reservedFlagsAreIgnoredAndNeverWritten() {
    ByteBuf bytes = written(message(DhcpType.ACK, DhcpOptions.NONE));
    put(bytes, 10, 0x7f, 0xff);
    DhcpMessage received = parsed(bytes);
    assertThat(received.broadcast()).isFalse();
    assertThat(written(received).getUnsignedShort(10 + 10)).isZero();
  }

  @Test
  @Requirement({"RFC2132-2-03"})
  void unknownOptionsAreSkippedByTheirLengthAndKept() {
    DhcpMessage message = parsed(ack(0, 0, 200, 3, 1, 255, 3, 53, 1, 5, 0, 1, 4, 255, 255, 255, 0, 255, 9, 9));
    assertThat(message.options().get(200)).containsExactly(1, 255, 3);
    assertThat(message.options().prefixLength()).isEqualTo(24);
    assertThat(written(message)).isEqualTo(written(parsed(written(message))));
  }

  @Test
  @Requirement({"RFC2131-4.1-03", "RFC2131-4.1-04", "RFC2131-4.1-06"})
  void optionsOfOverloadedFieldsFollowInTheOrderOfTheFields() {
    ByteBuf bytes = ack(52, 1, 3, 53, 1, 5, 15, 1, 'a', 255);
    put(bytes, SNAME, 15, 1, 'c', 255);
    put(bytes, FILE, 15, 1, 'b', 0, 255);
    DhcpMessage message = parsed(bytes);
    assertThat(message.options().text(DhcpOptions.DOMAIN_NAME)).isEqualTo("abc");
    assertThat(message.options().has(DhcpOptions.TFTP_SERVER)).isFalse();
    assertThat(message.options().has(DhcpOptions.OVERLOAD)).isFalse();

    put(bytes, OPTIONS + 2, 1);
    message = parsed(bytes);
    assertThat(message.options().text(DhcpOptions.DOMAIN_NAME)).isEqualTo("ab");
    assertThat(message.options().text(DhcpOptions.TFTP_SERVER)).as("sname is text").isEqualTo("??c?");
    put(bytes, OPTIONS + 2, 2);
    assertThat(parsed(bytes).options().text(DhcpOptions.DOMAIN_NAME)).isEqualTo("ac");
  }

  @Test
  void namesOfServerAndFileAreOptions() {
    ByteBuf bytes = ack(53, 1, 5, 255);
    put(bytes, SNAME, 'h', 'i', 0, 'x');
    for (int i = 0; i < 128; i++) {
      put(bytes, FILE + i, 'f');
    }
    DhcpOptions options = parsed(bytes).options();
    assertThat(options.text(DhcpOptions.TFTP_SERVER)).isEqualTo("hi");
    assertThat(options.text(DhcpOptions.BOOT_FILE)).isEqualTo("f".repeat(128));
    bytes = ack(53, 1, 5, 66, 1, 'o', 255);
    put(bytes, SNAME, 'h');
    assertThat(parsed(bytes).options().text(DhcpOptions.TFTP_SERVER)).as("the option wins").isEqualTo("o");
  }

  @Test
  @Requirement({"RFC2131-4.1-05"})
  void anOptionMustNotLeaveItsField() {
    ByteBuf bytes = ack(53, 1, 5, 52, 1, 1, 255);
    // The length points beyond the field file, into the options.
    put(bytes, FILE, 15, 130);
    assertRefused(bytes, DhcpDefect.DHCP_OPTION_OVERRUN);
    assertRefused(ack(53, 1, 5, 15, 4, 'a', 'b', 'c'), DhcpDefect.DHCP_OPTION_OVERRUN);
    assertRefused(ack(53, 1, 5, 15), DhcpDefect.DHCP_OPTION_OVERRUN);
  }

  @Test
  void refusesEachDefectOnce() {
    assertRefused(ack(53, 1, 5), DhcpDefect.DHCP_NO_END);
    assertRefused(ack(), DhcpDefect.DHCP_NO_END);
    assertRefused(ack(53, 1, 5, 52, 1, 1, 255), DhcpDefect.DHCP_NO_END);
    assertRefused(ack(53, 1, 5, 52, 1, 0, 255), DhcpDefect.DHCP_BAD_OVERLOAD);
    assertRefused(ack(53, 1, 5, 52, 1, 4, 255), DhcpDefect.DHCP_BAD_OVERLOAD);
    assertRefused(ack(53, 1, 5, 52, 2, 1, 1, 255), DhcpDefect.DHCP_BAD_OVERLOAD);
    assertRefused(ack(255), DhcpDefect.DHCP_BAD_TYPE);
    assertRefused(ack(53, 1, 9, 255), DhcpDefect.DHCP_BAD_TYPE);
    assertRefused(ack(53, 1, 0, 255), DhcpDefect.DHCP_BAD_TYPE);
    assertRefused(ack(53, 2, 5, 5, 255), DhcpDefect.DHCP_BAD_TYPE);
    assertRefused(ack(53, 1, 5, 53, 1, 5, 255), DhcpDefect.DHCP_BAD_TYPE);
    assertRefused(ack(53, 1, 1, 255), DhcpDefect.DHCP_BAD_TYPE);
    for (int octets = 0; octets < OPTIONS; octets++) {
      assertRefused(ack().slice(0, octets), DhcpDefect.DHCP_TOO_SHORT);
    }
    assertRefused(ack(new int[60_000]), DhcpDefect.DHCP_TOO_LONG);
    ByteBuf bytes = ack(53, 1, 5, 255);
    put(bytes, 236, 0x63, 0x82, 0x53, 0x64);
    assertRefused(bytes, DhcpDefect.DHCP_NO_COOKIE);
    put(bytes, 2, 16);
    assertRefused(bytes, DhcpDefect.DHCP_BAD_HARDWARE);
    put(bytes, 1, 6, 6);
    assertRefused(bytes, DhcpDefect.DHCP_BAD_HARDWARE);
  }

  @Test
  @Requirement({"RFC3396-7-01", "RFC3396-7-02", "RFC3396-7-03"})
  void partsOfOneOptionAreJoinedBeforeTheyAreRead() {
    DhcpOptions options = parsed(ack(6, 5, 192, 0, 2, 1, 192, 53, 1, 5, 6, 3, 0, 2, 7, 255)).options();
    assertThat(options.addresses(DhcpOptions.DNS_SERVERS)).containsExactly(SERVER, ADDRESS);
    assertThat(parsed(ack(53, 1, 5, 6, 3, 1, 2, 3, 6, 3, 4, 5, 6, 255)).options().addresses(DhcpOptions.DNS_SERVERS))
        .as("six octets are no addresses").isEmpty();
  }

  @Test
  @Requirement({"RFC3396-1-01", "RFC3396-4-01"})
  void onlyALongOptionIsSplit() {
    byte[] value = new byte[600];
    new Random(1).nextBytes(value);
    ByteBuf bytes = written(message(DhcpType.ACK, DhcpOptions.NONE.with(77, value).with(78, new byte[255])));
    int at = bytes.readerIndex() + OPTIONS + 3;
    assertThat(bytes.getUnsignedByte(at + 1)).isEqualTo((short) 255);
    assertThat(bytes.getByte(at + 257)).as("code of the second part").isEqualTo((byte) 77);
    assertThat(bytes.getUnsignedByte(at + 515)).as("length of the third part").isEqualTo((short) 90);
    assertThat(bytes.getByte(at + 606)).as("the next option").isEqualTo((byte) 78);
    assertThat(bytes.getUnsignedByte(at + 607)).as("in one part").isEqualTo((short) 255);
    assertThat(bytes.getUnsignedByte(at + 863)).as("end").isEqualTo((short) 255);
    assertThat(parsed(bytes).options().get(77)).isEqualTo(value);
  }

  @Test
  @Requirement({"RFC2132-2-01", "RFC2132-2-02"})
  void textHasNoFinalNul() {
    assertThat(parsed(ack(53, 1, 5, 12, 4, 'h', 'i', 0, 0, 255)).options().text(DhcpOptions.HOST_NAME)).isEqualTo("hi");
    assertThat(parsed(ack(53, 1, 5, 12, 2, 'h', 'i', 255)).options().text(DhcpOptions.HOST_NAME)).isEqualTo("hi");
    assertThat(parsed(ack(53, 1, 5, 12, 2, 0, 0, 255)).options().text(DhcpOptions.HOST_NAME)).isNull();
    assertThat(parsed(ack(53, 1, 5, 12, 3, 'h', 10, 0xe4, 255)).options().text(DhcpOptions.HOST_NAME)).isEqualTo("h??");
    assertThat(DhcpOptions.NONE.withText(DhcpOptions.HOST_NAME, "hi").get(DhcpOptions.HOST_NAME))
        .isEqualTo("hi".getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  @Requirement({"RFC2132-3.3-01"})
  void theMaskPrecedesTheRouters() {
    DhcpOptions options = DhcpOptions.NONE.withAddress(DhcpOptions.ROUTERS, SERVER)
        .withAddress(DhcpOptions.SUBNET_MASK, Ipv4Address.parse("255.255.255.0"));
    ByteBuf bytes = written(message(DhcpType.ACK, options));
    assertThat(bytes.getByte(bytes.readerIndex() + OPTIONS + 3)).isEqualTo((byte) DhcpOptions.SUBNET_MASK);
    DhcpOptions reversed = parsed(ack(3, 4, 192, 0, 2, 1, 1, 4, 255, 255, 255, 0, 53, 1, 5, 255)).options();
    assertThat(reversed).isEqualTo(options);
  }

  @Test
  void aMaskHasContiguousOnes() {
    assertThat(prefixLength("255.255.255.0")).isEqualTo(24);
    assertThat(prefixLength("255.255.255.255")).isEqualTo(32);
    assertThat(prefixLength("0.0.0.0")).isZero();
    assertThat(prefixLength("255.0.255.0")).isEqualTo(-1);
    assertThat(DhcpOptions.NONE.prefixLength()).isEqualTo(-1);
  }

  private static int prefixLength(String mask) {
    return DhcpOptions.NONE.withAddress(DhcpOptions.SUBNET_MASK, Ipv4Address.parse(mask)).prefixLength();
  }

  @Test
  @Requirement({"RFC2132-3.5-01", "RFC2132-3.8-01", "RFC2132-4.7-01"})
  void valuesOfAWrongLengthAreAsIfMissing() {
    for (int code : new int[] {DhcpOptions.ROUTERS, DhcpOptions.DNS_SERVERS}) {
      for (int octets = 0; octets <= 8; octets++) {
        assertThat(DhcpOptions.NONE.with(code, new byte[octets]).addresses(code))
            .hasSize(octets % 4 == 0 ? octets / 4 : 0);
      }
    }
    DhcpOptions odd = DhcpOptions.NONE.with(DhcpOptions.ROUTERS, new byte[7]);
    assertThat(odd.routes()).isEmpty();
    assertThat(DhcpOptions.NONE.with(DhcpOptions.MTU_PLATEAUS, (byte) 5, (byte) 220, (byte) 1, (byte) 0)
        .shorts(DhcpOptions.MTU_PLATEAUS)).containsExactly(1500, 256);
    assertThat(DhcpOptions.NONE.with(DhcpOptions.MTU_PLATEAUS, new byte[3]).shorts(DhcpOptions.MTU_PLATEAUS)).isEmpty();
    assertThat(DhcpOptions.NONE.with(DhcpOptions.LEASE_TIME, new byte[3]).number(DhcpOptions.LEASE_TIME, 4))
        .isEqualTo(-1);
    assertThat(DhcpOptions.NONE.with(DhcpOptions.SERVER_ID, new byte[8]).address(DhcpOptions.SERVER_ID)).isNull();
  }

  @Test
  @Requirement({"RFC2132-5.8-01"})
  void staticRoutesArePairs() {
    DhcpOptions options = DhcpOptions.NONE.withAddress(DhcpOptions.ROUTERS, SERVER).withAddresses(
        DhcpOptions.STATIC_ROUTES, List.of(Ipv4Address.parse("198.51.100.0"), ADDRESS, Ipv4Address.parse("10.1.2.3"),
            ADDRESS, Ipv4Address.UNSPECIFIED, ADDRESS));
    assertThat(options.routes()).containsExactly(
        new DhcpRoute(IpPrefix.parse("198.51.100.0/24"), ADDRESS),
        new DhcpRoute(IpPrefix.parse("10.1.2.3/32"), ADDRESS),
        new DhcpRoute(IpPrefix.parse("0.0.0.0/0"), SERVER));
    assertThat(DhcpOptions.NONE.with(DhcpOptions.STATIC_ROUTES, new byte[12]).routes()).isEmpty();
  }

  @Test
  void classlessRoutesReplaceTheOthers() {
    List<DhcpRoute> routes = List.of(
        new DhcpRoute(IpPrefix.parse("0.0.0.0/0"), SERVER), new DhcpRoute(IpPrefix.parse("10.128.0.0/9"), ADDRESS),
        new DhcpRoute(IpPrefix.parse("198.51.100.0/24"), Ipv4Address.UNSPECIFIED));
    DhcpOptions options = DhcpOptions.NONE.withAddress(DhcpOptions.ROUTERS, ADDRESS).withRoutes(routes);
    assertThat(options.get(DhcpOptions.CLASSLESS_ROUTES)).hasSize(5 + 7 + 8);
    assertThat(options.routes()).isEqualTo(routes);
    // Bits behind the prefix are ignored.
    assertThat(
        DhcpOptions.NONE.with(DhcpOptions.CLASSLESS_ROUTES, (byte) 9, (byte) 10, (byte) 255, (byte) 192, (byte) 0,
            (byte) 2, (byte) 7).routes())
        .containsExactly(routes.get(1));
    // Malformed: a prefix of 33 bits, and a router without its last octet.
    assertThat(options.with(DhcpOptions.CLASSLESS_ROUTES, (byte) 33, (byte) 1, (byte) 1, (byte) 1, (byte) 1, (byte) 1,
        (byte) 1, (byte) 1, (byte) 1, (byte) 1).routes())
        .containsExactly(new DhcpRoute(IpPrefix.parse("0.0.0.0/0"), ADDRESS));
    assertThat(options.with(DhcpOptions.CLASSLESS_ROUTES, (byte) 0, (byte) 1, (byte) 1, (byte) 1).routes()).hasSize(1);
  }

  @Test
  void optionsOfTheMessageCannotBeSet() {
    for (int code : new int[] {-1, 0, 52, 53, 255, 256}) {
      assertThatThrownBy(() -> DhcpOptions.NONE.with(code)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> DhcpOptions.NONE.with(1, new byte[60_000])).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new DhcpMessage(DhcpType.ACK, 256, 0, 0, false, DhcpAddresses.NONE, MAC, DhcpOptions.NONE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
        () -> new DhcpMessage(DhcpType.ACK, 0, 0, 0x10000, false, DhcpAddresses.NONE, MAC, DhcpOptions.NONE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void randomBytesAreParsedOrRefused() {
    Random random = new Random(7);
    for (int round = 0; round < 20_000; round++) {
      ByteBuf bytes = ack(53, 1, 5, 52, 1, random.nextInt(5));
      byte[] more = new byte[random.nextInt(400)];
      random.nextBytes(more);
      bytes.writeBytes(more);
      for (int i = random.nextInt(60); i > 0; i--) {
        bytes.setByte(SNAME + random.nextInt(192), random.nextInt(256));
      }
      long before = drops.total();
      DhcpMessage message = DhcpMessage.parse(bytes, drops);
      assertThat(drops.total()).isEqualTo(message == null ? before + 1 : before);
      if (message != null) {
        assertThat(DhcpMessage.parse(written(message), drops)).isEqualTo(message);
        assertThat(message.options().routes()).isNotNull();
        assertThat(message.toString()).isNotNull();
      }
    }
  }
}
