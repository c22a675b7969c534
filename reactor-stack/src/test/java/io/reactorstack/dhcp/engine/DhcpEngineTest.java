package io.reactorstack.dhcp.engine;

import static io.reactorstack.dhcp.engine.ClientTimeline.SERVER;
import static io.reactorstack.dhcp.engine.ClientTimeline.bound;
import static io.reactorstack.dhcp.engine.ClientTimeline.from;
import static io.reactorstack.dhcp.engine.ClientTimeline.leased;
import static io.reactorstack.dhcp.engine.ClientTimeline.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.dhcp.DhcpClientId;
import io.reactorstack.dhcp.DhcpSettings;
import io.reactorstack.dhcp.DhcpStatus.Cause;
import io.reactorstack.dhcp.DhcpStatus.Phase;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.DhcpMessage;
import io.reactorstack.wire.DhcpOptions;
import io.reactorstack.wire.DhcpType;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The DHCP client on a time line. */
class DhcpEngineTest {

  private static final DhcpSettings UNCHECKED = DhcpSettings.DEFAULT.withAddressCheck(false);
  private static final Ipv4Address OTHER_SERVER = Ipv4Address.parse("10.0.0.2");
  private static final String DISCOVER = "discover 0.0.0.0>all";
  private static final String SELECT = "request 0.0.0.0>all requested 10.0.0.7 server 10.0.0.1";
  private static final String RENEW = "request 10.0.0.7>10.0.0.1 ciaddr 10.0.0.7";
  private static final String REBIND = "request 10.0.0.7>all ciaddr 10.0.0.7";

  // ---- a new address

  @Test
  @Requirement({"RFC2131-3.1-02", "RFC2131-3.1-03", "RFC2131-4.3.2-04"})
  void takesTheOfferedAddress() {
    start().expect(DISCOVER).state(DhcpState.Selecting.class)
        .offer("10.0.0.7").expect(SELECT).state(DhcpState.Requesting.class)
        .ack("10.0.0.7", 1000).expect("adopt 10.0.0.7/24 until 1000").state(DhcpState.Bound.class);
  }

  @Test
  @Requirement({"RFC2131-4.3.2-03"})
  void theConfigurationIsThatOfTheAck() {
    ClientTimeline client = start().offer("10.0.0.7");
    DhcpOptions acked = leased(SERVER, 77).withAddress(DhcpOptions.DNS_SERVERS, OTHER_SERVER);
    client.hear(client.reply(DhcpType.ACK, "10.0.0.7", acked));
    assertThat(client.engine.lease().duration()).isEqualTo(Duration.ofSeconds(77));
    assertThat(client.engine.lease().dnsServers()).containsExactly(OTHER_SERVER);
    assertThat(client.engine.lease().options()).isEqualTo(acked);
  }

  @Test
  @Requirement({"RFC2131-3.1-04"})
  void theRequestRepeatsTheSecondsAndTheDestinationOfTheDiscover() {
    start().expect(DISCOVER).at(4).expect(DISCOVER + " secs 4").at(9).offer("10.0.0.7")
        .expect("request 0.0.0.0>all secs 4 requested 10.0.0.7 server 10.0.0.1")
        .at(13).expect("request 0.0.0.0>all secs 4 requested 10.0.0.7 server 10.0.0.1");
  }

  @Test
  @Requirement({"RFC2131-4.1-09", "RFC2131-4.1-10", "RFC2131-4.1-11"})
  void discoversWithDoublingDelaysUpTo64Seconds() {
    start().expect(DISCOVER).at(4).expect(DISCOVER + " secs 4").at(12).expect(DISCOVER + " secs 12")
        .at(28).expect(DISCOVER + " secs 28").at(60).expect(DISCOVER + " secs 60").at(124)
        .expect(DISCOVER + " secs 124")
        .at(188).expect(DISCOVER + " secs 188").at(252).expect(DISCOVER + " secs 252");
  }

  @Test
  @Requirement("RFC2131-4.1-07")
  void theDelaysAreRandomByOneSecond() {
    Set<Long> firsts = new HashSet<>();
    for (int seed = 0; seed < 200; seed++) {
      ClientTimeline client = new ClientTimeline(UNCHECKED, null, new Random(seed)).linkUp();
      double first = client.next();
      double second = client.next();
      assertThat(first).isBetween(3.0, 5.0);
      assertThat(second - first).isBetween(7.0, 9.0);
      firsts.add(Math.round(first * 10));
    }
    assertThat(firsts).hasSizeGreaterThan(15).contains(31L, 49L);
  }

  @Test
  @Requirement({"RFC2131-4.1-13"})
  void theTransactionIsRandomAndTheSameInRetransmissions() {
    ClientTimeline client = start().forget().at(4).forget().at(12).forget();
    assertThat(client.sent).hasSize(3).extracting(DhcpMessage::xid).containsOnly(101);
    client.offer("10.0.0.7").ack("10.0.0.7", 1000).forget().at(512);
    assertThat(client.last().xid()).as("of another transaction").isNotEqualTo(101);
    Set<Integer> all = new HashSet<>();
    for (int seed = 0; seed < 100; seed++) {
      all.add(new ClientTimeline(UNCHECKED, null, new Random(seed)).linkUp().last().xid());
    }
    assertThat(all).hasSize(100);
  }

  @Test
  @Requirement({"RFC2131-4.1-14"})
  void ignoresRepliesToOtherClients() {
    ClientTimeline client = start().forget();
    DhcpMessage offer = client.reply(DhcpType.OFFER, "10.0.0.7", leased(SERVER, 1000));
    client.ignore(new DhcpMessage(offer.type(), 0, offer.xid() + 1, 0, false, offer.addresses(), ClientTimeline.MAC,
        offer.options()), DhcpDrop.OTHER_CLIENT);
    client.ignore(new DhcpMessage(offer.type(), 0, offer.xid(), 0, false, offer.addresses(),
        MacAddress.parse("02:00:00:00:00:0b"), offer.options()), DhcpDrop.OTHER_CLIENT);
    client.ignore(client.sent.getLast(), DhcpDrop.NOT_A_REPLY);
    client.hear(offer);
  }

  @Test
  void ignoresOffersWithoutAServerOrAnAddress() {
    ClientTimeline client = start().forget();
    client.ignore(client.reply(DhcpType.OFFER, "10.0.0.7", DhcpOptions.NONE), DhcpDrop.OTHER_SERVER);
    client.ignore(client.reply(DhcpType.OFFER, "10.0.0.7", from(Ipv4Address.BROADCAST)), DhcpDrop.OTHER_SERVER);
    for (String bad : new String[] {"0.0.0.0", "255.255.255.255", "224.0.0.1", "127.0.0.1", "0.1.2.3", "240.0.0.1"}) {
      client.ignore(client.reply(DhcpType.OFFER, bad, leased(SERVER, 1000)), DhcpDrop.BAD_LEASE);
    }
    client.ignore(client.reply(DhcpType.ACK, "10.0.0.7", leased(SERVER, 1000)), DhcpDrop.UNEXPECTED);
    client.ignore(client.reply(DhcpType.NAK, "0.0.0.0", from(SERVER)), DhcpDrop.UNEXPECTED);
  }

  @Test
  void ignoresAcksWithoutAUsableLease() {
    ClientTimeline client = start().offer("10.0.0.7").forget();
    client.ignore(client.reply(DhcpType.ACK, "10.0.0.7", from(SERVER)), DhcpDrop.BAD_LEASE);
    client.ignore(client.reply(DhcpType.ACK, "10.0.0.7", leased(SERVER, 0)), DhcpDrop.BAD_LEASE);
    client.ignore(client.reply(DhcpType.ACK, "10.0.0.7", leased(SERVER, 1)
        .with(DhcpOptions.LEASE_TIME, new byte[3])), DhcpDrop.BAD_LEASE);
    for (String bad : new String[] {"0.0.0.0", "10.0.0.0", "10.0.0.255", "224.0.0.1"}) {
      client.ignore(client.reply(DhcpType.ACK, bad, leased(SERVER, 1000)), DhcpDrop.BAD_LEASE);
    }
    client.ignore(client.reply(DhcpType.ACK, "10.0.0.7", leased(OTHER_SERVER, 1000)), DhcpDrop.OTHER_SERVER);
    client.ignore(client.reply(DhcpType.OFFER, "10.0.0.7", leased(SERVER, 1000)), DhcpDrop.UNEXPECTED);
    client.ack("10.0.0.7", 1000).expect("adopt 10.0.0.7/24 until 1000");
    client.ignore(client.reply(DhcpType.ACK, "10.0.0.7", leased(SERVER, 1000)), DhcpDrop.UNEXPECTED);
  }

  @Test
  void aServerThatSendsNoMaskMeansTheNetworkOfTheClass() {
    ClientTimeline client = start().offer("192.0.2.7").forget();
    client.hear(client.reply(DhcpType.ACK, "192.0.2.7", from(SERVER).withNumber(DhcpOptions.LEASE_TIME, 60, 4)))
        .expect("adopt 192.0.2.7/24 until 60");
  }

  @Test
  @Requirement({"RFC2131-4.4.1-07"})
  void collectsOffersAndSelectsTheWantedAddress() {
    ClientTimeline client = start(UNCHECKED.withOfferTime(Duration.ofSeconds(2))
        .withPreviousAddress(Ipv4Address.parse("10.0.0.8"))).forget().nak().expect(DISCOVER);
    client.offer("10.0.0.9").at(1).offer("10.0.0.7").expect().at(2)
        .expect("request 0.0.0.0>all requested 10.0.0.9 server 10.0.0.1");
    client.ignore(client.reply(DhcpType.OFFER, "10.0.0.8", leased(OTHER_SERVER, 1000)), DhcpDrop.UNEXPECTED);

    client.ack("10.0.0.9", 10).expect("adopt 10.0.0.9/24 until 12").forget();
    client.at(7).forget().at(10.75).forget().at(12).expect("drop 10.0.0.9/24", DISCOVER + " requested 10.0.0.9");
    client.offer("10.0.0.7").offer("10.0.0.9").at(14)
        .expect("request 0.0.0.0>all requested 10.0.0.9 server 10.0.0.1");
  }

  @Test
  void keepsABoundedNumberOfOffers() {
    ClientTimeline client = start(UNCHECKED.withOfferTime(Duration.ofSeconds(2))).forget();
    for (int i = 0; i < 16; i++) {
      client.offer("10.0.0.7");
    }
    client.ignore(client.reply(DhcpType.OFFER, "10.0.0.7", leased(SERVER, 1000)), DhcpDrop.UNEXPECTED);
  }

  @Test
  void beginsAgainIfTheServerDoesNotAnswerTheRequest() {
    ClientTimeline client = start().offer("10.0.0.7").forget().at(4).expect(SELECT).at(12).expect(SELECT)
        .at(28).expect(SELECT).at(60).expect(DISCOVER);
    assertThat(client.status().cause()).isEqualTo(Cause.NO_ANSWER);
    assertThat(client.last().xid()).isNotEqualTo(client.sent.getFirst().xid());
  }

  @Test
  void waitsARandomTimeBeforeItBeginsIfConfigured() {
    for (int seed = 0; seed < 50; seed++) {
      ClientTimeline client = new ClientTimeline(
          UNCHECKED.withStartDelay(Duration.ofSeconds(10)), null, new Random(seed)).linkUp().expect();
      assertThat(client.status().phase()).isEqualTo(Phase.DELAYED);
      assertThat(client.next()).isBetween(1.0, 10.0);
      client.expect(DISCOVER);
    }
  }

  // ---- the options of each message

  @Test
  @Requirement({"RFC2131-2-02", "RFC2131-3.1-09", "RFC2131-4.2-02"})
  void everyMessageHasTheSameClientIdentifier() {
    DhcpClientId id = DhcpClientId.of((byte) 0, (byte) 'x');
    ClientTimeline client = start(DhcpSettings.DEFAULT.withClientId(id)).offer("10.0.0.7").ack("10.0.0.7", 1000)
        .checked("10.0.0.7", false).forget().at(10).forget().offer("10.0.0.8").ack("10.0.0.8", 1000)
        .checked("10.0.0.8", true).pass(510).linkDown().linkUp().release();
    assertThat(client.sent).extracting(DhcpMessage::type).containsExactly(DhcpType.DISCOVER, DhcpType.REQUEST,
        DhcpType.DECLINE, DhcpType.DISCOVER, DhcpType.REQUEST, DhcpType.REQUEST, DhcpType.REQUEST, DhcpType.RELEASE);
    assertThat(client.sent).allSatisfy(
        message -> assertThat(message.options().get(DhcpOptions.CLIENT_ID)).isEqualTo(id.octets()));
  }

  @Test
  @Requirement({"RFC4361-6.1-01", "RFC4361-6.1-03", "RFC4361-6.1-04"})
  void theDefaultIdentifierIsTheSameAfterEachStart() {
    byte[] first = start().last().options().get(DhcpOptions.CLIENT_ID);
    assertThat(start(DhcpSettings.DEFAULT.withHostName("x")).last().options().get(DhcpOptions.CLIENT_ID))
        .isEqualTo(first);
    // Type 255, IAID, DUID of type 3 for hardware type 1.
    assertThat(first).containsExactly(255, 0, 0, 0, 0x0a, 0, 3, 0, 1, 2, 0, 0, 0, 0, 0x0a);
    byte[] kept = {0, 4, 1, 2, 3};
    assertThat(start(DhcpSettings.DEFAULT.withClientId(DhcpClientId.ofDuid(7, kept))).last().options()
        .get(DhcpOptions.CLIENT_ID)).containsExactly(255, 0, 0, 0, 7, 0, 4, 1, 2, 3);
  }

  @Test
  @Requirement({"RFC2131-2-01", "RFC4361-6.1-02", "RFC2131-4.4.1-05"})
  void theIdentifierIsUniqueAndNotJustTheHardwareAddress() {
    MacAddress mac = MacAddress.parse("02:00:00:00:00:0a");
    DhcpClientId id = DhcpClientId.ofLinkAddress(mac);
    assertThat(id).isNotEqualTo(DhcpClientId.ofLinkAddress(MacAddress.parse("02:00:01:00:00:0a")))
        .isEqualTo(DhcpClientId.ofLinkAddress(mac)).hasSameHashCodeAs(DhcpClientId.ofLinkAddress(mac));
    assertThat(id.octets()).hasSize(15).isNotEqualTo(new byte[] {1, 2, 0, 0, 0, 0, 0x0a});
    assertThat(id).hasToString("ff:00:00:00:0a:00:03:00:01:02:00:00:00:00:0a");
    assertThat(start().last().options().get(DhcpOptions.CLIENT_ID)).isEqualTo(id.octets());
  }

  @Test
  @Requirement({"RFC2132-9.9-01", "RFC2131-4.2-01"})
  void aClientIdentifierHasAtLeastTwoOctets() {
    assertThat(DhcpClientId.of((byte) 0, (byte) 1).octets()).containsExactly(0, 1);
    assertThatThrownBy(() -> DhcpClientId.of((byte) 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(start(UNCHECKED.withClientId(DhcpClientId.of((byte) 0, (byte) 1))).last().options()
        .get(DhcpOptions.CLIENT_ID)).containsExactly(0, 1);
  }

  @Test
  @Requirement({"RFC2131-3.5-01", "RFC2131-4.3.2-02", "RFC2131-4.4.1-06"})
  void everyQuestionHasTheSameParameterList() {
    ClientTimeline client = start(UNCHECKED.withParameters(List.of(1, 3, 42))).offer("10.0.0.7").ack("10.0.0.7", 1000)
        .pass(500).forget().pass(875).linkDown().linkUp().forget();
    assertThat(client.sent).hasSizeGreaterThan(5).allSatisfy(
        message -> assertThat(message.options().get(DhcpOptions.PARAMETER_LIST)).containsExactly(1, 3, 42));
  }

  @Test
  @Requirement({"RFC2132-9.4-01", "RFC2131-4.4.1-02", "RFC2131-3.5-02"})
  void theParameterListIsInTheOrderOfPreference() {
    ClientTimeline client = start();
    // RFC 3442: classless routes come before routers and static routes.
    assertThat(client.last().options().get(DhcpOptions.PARAMETER_LIST)).startsWith(1, 121, 3, 33, 6);
    assertThat(client.last().options().number(DhcpOptions.MAX_MESSAGE_SIZE, 2)).isEqualTo(1500);
    assertThat(start(UNCHECKED.withParameters(List.of(42, 6, 1))).last().options().get(DhcpOptions.PARAMETER_LIST))
        .containsExactly(42, 6, 1);
  }

  @Test
  @Requirement({"RFC2131-4.2-03"})
  void theUserChoosesVendorClassAndHostName() {
    DhcpOptions options = start(UNCHECKED.withVendorClass("lab.1").withHostName("pc")).last().options();
    assertThat(options.text(DhcpOptions.VENDOR_CLASS)).isEqualTo("lab.1");
    assertThat(options.text(DhcpOptions.HOST_NAME)).isEqualTo("pc");
    assertThat(start().last().options().has(DhcpOptions.VENDOR_CLASS)).isFalse();
  }

  @Test
  @Requirement({"RFC2131-3.1-01", "RFC2131-4.4.1-03"})
  void theDiscoverMaySuggestAddressAndDuration() {
    ClientTimeline client = start(UNCHECKED.withLeaseTime(Duration.ofHours(2))
        .withPreviousAddress(Ipv4Address.parse("10.0.0.8"))).forget().at(4).forget().at(12).forget().at(28).forget()
        .at(60).expect(DISCOVER + " requested 10.0.0.8");
    assertThat(client.last().options().number(DhcpOptions.LEASE_TIME, 4)).isEqualTo(7200);
    assertThat(start().last().options().has(DhcpOptions.LEASE_TIME)).isFalse();
  }

  @Test
  @Requirement({"RFC2131-4.1-16"})
  void theBroadcastFlagIsClear() {
    ClientTimeline client = start().offer("10.0.0.7").ack("10.0.0.7", 1000).forget().at(500);
    assertThat(client.sent).noneMatch(DhcpMessage::broadcast);
  }

  @Test
  @Requirement({"RFC2131-4.1-15"})
  void theBroadcastFlagIsSetOnRequestUntilThereIsAnAddress() {
    ClientTimeline client = start(UNCHECKED.withBroadcast(true)).offer("10.0.0.7").ack("10.0.0.7", 1000).forget()
        .at(500);
    assertThat(client.sent).extracting(DhcpMessage::broadcast).containsExactly(true, true, false);
  }

  // ---- the check of a new address

  @Test
  @Requirement({"RFC2131-2.2-01", "RFC2131-3.1-05", "RFC2131-4.4.1-09"})
  void aNewAddressIsCheckedBeforeItIsUsed() {
    start(DhcpSettings.DEFAULT).offer("10.0.0.7").forget().ack("10.0.0.7", 1000).expect("check 10.0.0.7")
        .state(DhcpState.Checking.class).at(6).checked("10.0.0.8", false).checked("10.0.0.7", true)
        .expect("adopt 10.0.0.7/24 until 1000").state(DhcpState.Bound.class)
        .checked("10.0.0.7", false).expect();
  }

  @Test
  @Requirement({"RFC2131-3.1-06", "RFC2131-3.1-07", "RFC2131-4.4.1-10"})
  void anAddressInUseIsDeclined() {
    ClientTimeline client = start(DhcpSettings.DEFAULT).offer("10.0.0.7").ack("10.0.0.7", 1000).forget().at(2)
        .checked("10.0.0.7", false).expect("decline 0.0.0.0>all requested 10.0.0.7 server 10.0.0.1");
    assertThat(client.status().cause()).isEqualTo(Cause.CONFLICT);
    client.at(12).expect(DISCOVER);
  }

  @Test
  @Requirement({"RFC2131-4.4.1-08"})
  void aDeclineHasOnlyTheOptionsOfItsTable() {
    ClientTimeline client = start(DhcpSettings.DEFAULT.withLeaseTime(Duration.ofHours(1)).withHostName("x"))
        .offer("10.0.0.7").ack("10.0.0.7", 1000).checked("10.0.0.7", false);
    DhcpOptions declined = client.last().options();
    assertThat(client.last().type()).isEqualTo(DhcpType.DECLINE);
    assertThat(declined)
        .isEqualTo(from(SERVER).withAddress(DhcpOptions.REQUESTED_ADDRESS, Ipv4Address.parse("10.0.0.7"))
            .with(DhcpOptions.CLIENT_ID, declined.get(DhcpOptions.CLIENT_ID)));
    assertThat(bound().release().last().options()).isEqualTo(
        from(SERVER).with(DhcpOptions.CLIENT_ID, declined.get(DhcpOptions.CLIENT_ID)));
  }

  @Test
  @Requirement({"RFC5227-2.1.1-08", "RFC5227-2.1.1-09"})
  void manyConflictsSlowTheClientDown() {
    ClientTimeline client = start(DhcpSettings.DEFAULT).forget();
    double before = 0;
    for (int i = 1; i <= 12; i++) {
      client.offer("10.0.0.7").ack("10.0.0.7", 1000).checked("10.0.0.7", false);
      double after = client.next();
      client.forget();
      assertThat(after - before).as("conflict %d", i).isEqualTo(i < 10 ? 10 : 60);
      before = after;
    }
  }

  @Test
  void anAddressThatTheHostCannotHaveIsDeclined() {
    ClientTimeline client = start().offer("10.0.0.7").forget();
    client.acceptsAddresses = false;
    client.ack("10.0.0.7", 1000).expect("adopt 10.0.0.7/24 until 1000",
        "decline 0.0.0.0>all requested 10.0.0.7 server 10.0.0.1").state(DhcpState.Delayed.class);
  }

  @Test
  void aLeaseThatEndsDuringTheCheckIsNotUsed() {
    start(DhcpSettings.DEFAULT).offer("10.0.0.7").ack("10.0.0.7", 5).forget().at(6).checked("10.0.0.7", true)
        .expect(DISCOVER);
  }

  // ---- renewal

  @Test
  @Requirement({"RFC2131-4.3.2-08", "RFC2131-4.4.5-02", "RFC2131-4.1-02"})
  void renewsAtHalfTheLeaseFromItsServer() {
    bound().at(500).expect(RENEW).state(DhcpState.Renewing.class)
        .at(501).ack("10.0.0.7", 2000).expect("adopt 10.0.0.7/24 until 2500").state(DhcpState.Bound.class)
        .at(1500).expect(RENEW);
  }

  @Test
  @Requirement({"RFC2131-4.3.2-07", "RFC2131-4.4.5-03"})
  void aRenewalNamesNeitherServerNorRequestedAddress() {
    ClientTimeline client = bound().at(500).expect(RENEW);
    assertThat(client.last().server()).isNull();
    assertThat(client.last().options().has(DhcpOptions.REQUESTED_ADDRESS)).isFalse();
  }

  @Test
  @Requirement({"RFC2131-4.3.2-10", "RFC2131-4.4.5-04"})
  void aRebindingNamesNeitherServerNorRequestedAddress() {
    ClientTimeline client = bound().pass(875).expect(REBIND);
    assertThat(client.last().server()).isNull();
    assertThat(client.last().options().has(DhcpOptions.REQUESTED_ADDRESS)).isFalse();
  }

  @Test
  @Requirement({"RFC2131-4.3.2-11", "RFC2131-4.3.2-12", "RFC2131-4.4.5-06"})
  void repeatsAfterHalfOfTheRemainingTimeAndThenAsksAnyServer() {
    ClientTimeline client = bound().at(500).expect(RENEW).at(687.5).expect(RENEW.replace(" c", " secs 187 c"))
        .at(781.25).expect(RENEW.replace(" c", " secs 281 c"))
        // Half of the rest would be less than a minute.
        .at(841.25).expect(RENEW.replace(" c", " secs 341 c"))
        .at(875).expect(REBIND).state(DhcpState.Rebinding.class)
        .at(937.5).expect(REBIND.replace(" c", " secs 62 c"));
    client.at(940).hear(client.reply(DhcpType.ACK, "10.0.0.7", leased(OTHER_SERVER, 100)))
        .expect("adopt 10.0.0.7/24 until 1037");
    assertThat(client.engine.lease().server()).isEqualTo(OTHER_SERVER);
    client.at(987.5).expect("request 10.0.0.7>10.0.0.2 ciaddr 10.0.0.7");
  }

  @Test
  @Requirement({"RFC2131-4.4.5-07"})
  void theEndOfTheLeaseEndsTheUseOfTheAddress() {
    ClientTimeline client = bound().pass(1000)
        .expect("drop 10.0.0.7/24", "discover 0.0.0.0>all requested 10.0.0.7");
    assertThat(client.status().cause()).isEqualTo(Cause.EXPIRED);
    assertThat(client.status().lease()).isNull();
  }

  @Test
  void aClientThatWakesUpAfterTheEndDropsTheAddress() {
    ClientTimeline client = bound();
    client.engine.onTimeout(Long.MAX_VALUE - 1);
    client.expect("drop 10.0.0.7/24", "discover 0.0.0.0>all requested 10.0.0.7");
  }

  @Test
  @Requirement({"RFC2131-4.4.5-08"})
  void goesOnWithTheSameAddressAfterTheEndOfTheLease() {
    ClientTimeline client = start().offer("10.0.0.7").ack("10.0.0.7", 100).forget().at(50).forget().at(87.5).forget()
        .at(100).expect("drop 10.0.0.7/24", "discover 0.0.0.0>all requested 10.0.0.7");
    client.offer("10.0.0.7").expect(SELECT).ack("10.0.0.7", 1000).expect("adopt 10.0.0.7/24 until 1100")
        .state(DhcpState.Bound.class);
  }

  @Test
  @Requirement({"RFC2131-4.4.5-09", "RFC2131-4.4.5-10"})
  void anotherAddressReplacesTheFormerOne() {
    ClientTimeline client = bound().at(500).expect(RENEW).ack("10.0.0.8", 1000)
        .expect("drop 10.0.0.7/24", "adopt 10.0.0.8/24 until 1500");
    assertThat(client.status().cause()).isEqualTo(Cause.CHANGED);
    assertThat(client.status()).asString().contains("10.0.0.8/24", "another address");
  }

  @Test
  @Requirement({"RFC2131-4.4.5-01"})
  void timesThatAreOutOfOrderAreReplaced() {
    assertThat(renewalOf(100, 90)).isEqualTo(500);
    assertThat(renewalOf(100, 1000)).isEqualTo(500);
    assertThat(renewalOf(1200, 1300)).isEqualTo(500);
    assertThat(renewalOf(100, 200)).isEqualTo(100);
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      ClientTimeline client = new ClientTimeline(UNCHECKED, null, random).linkUp().offer("10.0.0.7");
      long end = 1 + random.nextInt(5000);
      client.hear(client.reply(DhcpType.ACK, "10.0.0.7", times(end, random.nextInt(5000), random.nextInt(5000))));
      HeldLease held = client.engine.state().held();
      assertThat(held.renewAt()).isLessThan(held.rebindAt());
      assertThat(held.rebindAt()).isLessThan(held.expiresAt());
    }
  }

  private static DhcpOptions times(long end, long t1, long t2) {
    return leased(SERVER, end).withNumber(DhcpOptions.RENEWAL_TIME, t1, 4)
        .withNumber(DhcpOptions.REBINDING_TIME, t2, 4);
  }

  private static double renewalOf(long t1, long t2) {
    ClientTimeline client = start().offer("10.0.0.7");
    client.hear(client.reply(DhcpType.ACK, "10.0.0.7", times(1000, t1, t2)));
    return client.next();
  }

  @Test
  @Requirement({"RFC2131-4.4.5-05"})
  void renewalTimesVary() {
    Set<Long> all = new HashSet<>();
    for (int seed = 0; seed < 100; seed++) {
      ClientTimeline client = new ClientTimeline(UNCHECKED, null, new Random(seed)).linkUp().offer("10.0.0.7")
          .ack("10.0.0.7", 1000);
      double at = client.next();
      assertThat(at).isBetween(487.0, 513.0);
      all.add(Math.round(at));
    }
    assertThat(all).hasSizeGreaterThan(15);
  }

  @Test
  void aLeaseWithoutEndIsNeverRenewed() {
    ClientTimeline client = start().offer("10.0.0.7").forget().ack("10.0.0.7", 0xffff_ffffL)
        .expect("adopt 10.0.0.7/24 until ever");
    assertThat(client.engine.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    // The longest lease with an end does not overflow the clock.
    start().offer("10.0.0.7").forget().ack("10.0.0.7", 0xffff_fffeL).expect("adopt 10.0.0.7/24 until ever");
  }

  @Test
  @Requirement({"RFC2131-4.3.2-09"})
  void theUserMayRenewBeforeT1() {
    bound().at(10).renew().expect(RENEW).ack("10.0.0.7", 1000).expect("adopt 10.0.0.7/24 until 1010");
  }

  @Test
  void ignoresAcksOfOtherServersInRenewing() {
    ClientTimeline client = bound().at(500).expect(RENEW);
    client.ignore(client.reply(DhcpType.ACK, "10.0.0.7", leased(OTHER_SERVER, 9)), DhcpDrop.OTHER_SERVER);
    client.ignore(client.reply(DhcpType.NAK, "0.0.0.0", from(OTHER_SERVER)), DhcpDrop.OTHER_SERVER);
    client.ignore(client.reply(DhcpType.NAK, "0.0.0.0", DhcpOptions.NONE), DhcpDrop.OTHER_SERVER);
  }

  @Test
  @Requirement({"RFC2131-4.3.6-01", "RFC2131-4.3.2-01"})
  void theFieldsOfARequestDependOnTheState() {
    ClientTimeline client = start().offer("10.0.0.7").expect(DISCOVER, SELECT).ack("10.0.0.7", 1000).forget()
        .at(500).expect(RENEW).pass(875).expect(REBIND).linkDown().linkUp()
        .expect("stop check", "request 0.0.0.0>all requested 10.0.0.7");
    List<DhcpMessage> requests = client.sent.stream().filter(each -> each.type() == DhcpType.REQUEST).toList();
    assertThat(requests).hasSizeGreaterThan(4).allSatisfy(
        request -> assertThat(request.options().get(DhcpOptions.CLIENT_ID))
            .isEqualTo(requests.getFirst().options().get(DhcpOptions.CLIENT_ID)).isNotNull());
  }

  // ---- refusals

  @Test
  @Requirement({"RFC2131-4.4.2-03", "RFC2131-3.1-08"})
  void aRefusalInEachStateStartsAgainAndIsReported() {
    ClientTimeline requesting = start().offer("10.0.0.7").forget().nak().expect(DISCOVER);
    assertThat(requesting.status().cause()).isEqualTo(Cause.REFUSED);
    assertThat(requesting.status().detail()).isEqualTo("no such lease");
    assertThat(requesting.status()).asString().contains("refused the address (no such lease)");
    bound().at(500).expect(RENEW).nak().expect("drop 10.0.0.7/24", DISCOVER).state(DhcpState.Selecting.class);
    bound().pass(875).expect(REBIND).nak()
        .expect("drop 10.0.0.7/24", DISCOVER);
    bound().linkDown().linkUp().forget().nak().expect("drop 10.0.0.7/24", DISCOVER);
  }

  @Test
  void aServerThatRefusesItsOffersIsAskedMoreAndMoreSeldom() {
    ClientTimeline client = start();
    client.offer("10.0.0.7").forget().nak().expect(DISCOVER);
    double before = 0;
    for (int wait : new int[] {2, 4, 8, 16, 32, 64, 64, 64}) {
      client.offer("10.0.0.7").forget().nak().expect();
      double after = client.next();
      client.expect(DISCOVER);
      assertThat(after - before).isEqualTo(wait);
      before = after;
    }
  }

  // ---- an earlier address

  @Test
  @Requirement({"RFC2131-3.2-01", "RFC2131-4.3.2-05", "RFC2131-4.3.2-06"})
  void verifiesTheAddressOfAnEarlierStart() {
    DhcpSettings earlier = UNCHECKED.withPreviousAddress(Ipv4Address.parse("10.0.0.7"));
    ClientTimeline client = start(earlier).expect("request 0.0.0.0>all requested 10.0.0.7")
        .state(DhcpState.Rebooting.class);
    assertThat(client.last().addresses().ciaddr().isUnspecified()).isTrue();
    assertThat(client.last().server()).isNull();
    client.ack("10.0.0.7", 1000).expect("adopt 10.0.0.7/24 until 1000").at(500).expect(RENEW);
  }

  @Test
  @Requirement({"RFC2131-4.4.2-01", "RFC2131-4.4.2-02", "RFC2131-3.2-02"})
  void aRebootRequestRepeatsUntilItGivesUp() {
    DhcpSettings earlier = UNCHECKED.withPreviousAddress(Ipv4Address.parse("10.0.0.7"));
    ClientTimeline client = start(earlier).expect("request 0.0.0.0>all requested 10.0.0.7")
        .at(4).expect("request 0.0.0.0>all secs 4 requested 10.0.0.7")
        .at(12).expect("request 0.0.0.0>all secs 12 requested 10.0.0.7")
        .at(28).expect("request 0.0.0.0>all secs 28 requested 10.0.0.7")
        .at(60).expect("discover 0.0.0.0>all requested 10.0.0.7");
    assertThat(client.sent).allSatisfy(message -> {
      assertThat(message.server()).isNull();
      assertThat(message.options().get(DhcpOptions.CLIENT_ID))
          .isEqualTo(DhcpClientId.ofLinkAddress(ClientTimeline.MAC).octets());
    });
    client.offer("10.0.0.9").forget().ack("10.0.0.9", 1000).expect("adopt 10.0.0.9/24 until 1060");
  }

  @Test
  @Requirement({"RFC2131-3.2-03"})
  void anEarlierAddressInUseIsDeclined() {
    start(DhcpSettings.DEFAULT.withPreviousAddress(Ipv4Address.parse("10.0.0.7"))).forget().ack("10.0.0.7", 1000)
        .expect("check 10.0.0.7").checked("10.0.0.7", false)
        .expect("decline 0.0.0.0>all requested 10.0.0.7 server 10.0.0.1").at(10).expect(DISCOVER);
  }

  @Test
  void aRebootIgnoresAnswersWithoutAServer() {
    ClientTimeline client = start(UNCHECKED.withPreviousAddress(Ipv4Address.parse("10.0.0.7"))).forget();
    client.ignore(client.reply(DhcpType.NAK, "0.0.0.0", DhcpOptions.NONE), DhcpDrop.OTHER_SERVER);
    client.ignore(client.reply(DhcpType.ACK, "10.0.0.7", DhcpOptions.NONE), DhcpDrop.OTHER_SERVER);
  }

  // ---- the link

  @Test
  @Requirement({"RFC2131-3.7-01"})
  void verifiesTheLeaseWhenTheLinkIsUpAgain() {
    ClientTimeline client = bound().at(100).linkDown().expect("stop check").at(300).linkUp()
        .expect("request 0.0.0.0>all requested 10.0.0.7");
    assertThat(client.status().lease()).as("in use meanwhile").isNotNull();
    client.ack("10.0.0.7", 1000).expect("adopt 10.0.0.7/24 until 1300");
  }

  @Test
  @Requirement({"RFC2131-3.2-04"})
  void usesTheRestOfTheLeaseIfNobodyVerifiesIt() {
    bound().at(100).linkDown().linkUp().forget().at(104).forget().at(112).forget().at(128).forget().at(160).expect()
        .state(DhcpState.Bound.class).at(500).expect(RENEW);
  }

  @Test
  void aLeaseEndsWhileTheLinkIsDown() {
    ClientTimeline client = bound().at(100).linkDown().forget().at(1000).expect("drop 10.0.0.7/24");
    assertThat(client.engine.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    client.at(2000).linkUp().expect("discover 0.0.0.0>all requested 10.0.0.7");
  }

  @Test
  void sendsNothingWithoutALink() {
    ClientTimeline client = new ClientTimeline(UNCHECKED);
    assertThat(client.engine.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    client.linkUp().expect(DISCOVER).linkUp().expect().linkDown().expect("stop check").linkDown().expect();
    assertThat(client.engine.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    assertThat(client.status()).asString().isEqualTo("waits for the link");
    client.linkUp().expect(DISCOVER);
  }

  @Test
  void aCheckEndsWithTheLink() {
    start(DhcpSettings.DEFAULT).offer("10.0.0.7").ack("10.0.0.7", 1000).forget().linkDown().expect("stop check")
        .checked("10.0.0.7", true).expect().linkUp().expect(DISCOVER);
  }

  // ---- the end

  @Test
  @Requirement({"RFC2131-4.4.6-01"})
  void givesTheLeaseBack() {
    ClientTimeline client = bound().at(10).release()
        .expect("stop check", "release 10.0.0.7>10.0.0.1 ciaddr 10.0.0.7 server 10.0.0.1")
        .release().expect().renew().expect().at(11).expect("drop 10.0.0.7/24");
    assertThat(client.engine.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    assertThat(client.status()).asString().isEqualTo("has stopped; the lease was given back");
    client.linkDown().linkUp().expect().renew().expect(DISCOVER + " requested 10.0.0.7");
  }

  @Test
  void aClientWithoutALeaseJustStops() {
    ClientTimeline client = start().forget().release().expect("stop check");
    client.ignore(client.reply(DhcpType.OFFER, "10.0.0.7", leased(SERVER, 1)), DhcpDrop.UNEXPECTED);
    bound().linkDown().forget().release().expect("stop check", "drop 10.0.0.7/24");
    bound().release().forget().linkDown().expect("drop 10.0.0.7/24").state(DhcpState.Stopped.class);
  }

  // ---- parameters for a configured address

  private static ClientTimeline informing(DhcpSettings settings) {
    return new ClientTimeline(settings, IpPrefix.parse("10.0.0.9/24"), new ClientTimeline.Middle()).linkUp();
  }

  @Test
  void asksForTheParametersOfAConfiguredAddress() {
    ClientTimeline client = informing(UNCHECKED).expect("inform 10.0.0.9>all ciaddr 10.0.0.9");
    client.ignore(client.reply(DhcpType.NAK, "0.0.0.0", from(SERVER)), DhcpDrop.UNEXPECTED);
    client.hear(client.reply(DhcpType.ACK, "0.0.0.0", from(SERVER).withAddress(DhcpOptions.DNS_SERVERS, SERVER)))
        .expect();
    assertThat(client.status().phase()).isEqualTo(Phase.INFORMED);
    assertThat(client.engine.lease().dnsServers()).containsExactly(SERVER);
    assertThat(client.engine.lease().address()).isEqualTo(IpPrefix.parse("10.0.0.9/24"));
    assertThat(client.engine.nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  @Requirement({"RFC2131-4.4.3-01"})
  void doesNotAskForTheTimesOfALease() {
    ClientTimeline client = informing(
        UNCHECKED.withParameters(List.of(6, 51, 58, 59, 42)).withLeaseTime(Duration.ofHours(1)));
    assertThat(client.last().options().get(DhcpOptions.PARAMETER_LIST)).containsExactly(6, 42);
    assertThat(client.last().options().has(DhcpOptions.LEASE_TIME)).isFalse();
  }

  @Test
  @Requirement({"RFC2131-4.4.3-03"})
  void reportsThatNobodyKnowsTheParameters() {
    ClientTimeline client = informing(UNCHECKED).forget().at(4).forget().at(12).forget().at(28).forget().at(60)
        .expect();
    assertThat(client.status().phase()).isEqualTo(Phase.STOPPED);
    assertThat(client.status().cause()).isEqualTo(Cause.NO_ANSWER);
    assertThat(client.engine.nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  @Requirement({"RFC2131-4.1-12"})
  void everyTransmissionIsReported() {
    ClientTimeline client = start().forget().at(4).forget().at(12).forget();
    assertThat(client.statuses).extracting(Object::toString).containsExactly(
        "waits for an answer to DHCPDISCOVER, 1 sent", "waits for an answer to DHCPDISCOVER, 2 sent",
        "waits for an answer to DHCPDISCOVER, 3 sent");
  }

  @Test
  void aMissingVendorOptionIsNoError() {
    assertThat(bound().engine.lease().options().has(43)).isFalse();
    bound().state(DhcpState.Bound.class);
  }

  @Test
  void randomMessagesNeverBreakTheClient() {
    Random random = new Random(11);
    DhcpType[] types = DhcpType.values();
    String[] addresses = {"0.0.0.0", "10.0.0.7", "10.0.0.8", "10.0.0.255", "224.1.1.1", "127.0.0.1"};
    for (int round = 0; round < 300; round++) {
      ClientTimeline client = new ClientTimeline(
          DhcpSettings.DEFAULT.withOfferTime(Duration.ofSeconds(random.nextInt(2))), null, random).linkUp();
      for (int step = 0; step < 200; step++) {
        DhcpOptions options = DhcpOptions.NONE;
        for (int code : new int[] {1, 51, 54, 58, 59}) {
          if (random.nextInt(5) > 0) {
            options = options.withNumber(code, code == 54 ? SERVER.bits() : random.nextInt(2000), 4);
          }
        }
        switch (random.nextInt(8)) {
          case 0 -> {
            if (client.engine.nextDeadline() != Long.MAX_VALUE) {
              client.next();
            }
          }
          case 1 -> client.checked(addresses[random.nextInt(3)], random.nextBoolean());
          case 2 -> client.linkDown();
          case 3 -> client.linkUp();
          case 4 -> client.renew();
          default -> {
            String yiaddr = addresses[random.nextInt(addresses.length)];
            client.engine.onMessage(
                client.reply(types[random.nextInt(types.length)], yiaddr, options), client.now());
          }
        }
        client.forget();
      }
    }
  }
}
