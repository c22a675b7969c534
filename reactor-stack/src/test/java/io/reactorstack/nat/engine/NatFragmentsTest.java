package io.reactorstack.nat.engine;

import static io.reactorstack.nat.engine.NatPackets.fragments;
import static io.reactorstack.nat.engine.NatPackets.tcp;
import static io.reactorstack.nat.engine.NatPackets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.nat.NatLimits;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.nat.engine.NatVerdict.Held;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Fragments through a translator (RFC 4787 section 11) on a time line. */
class NatFragmentsTest {

  private static final String HOST = "10.0.0.2:5000";
  private static final String SERVER = "198.51.100.7:53";
  private static final String MAPPED = "203.0.113.1:5000";

  private static final byte[] LONG = new byte[1000];

  /** Puts the datas of fragments behind the header of the first one, as a whole packet. */
  private static byte[] reassembled(List<byte[]> parts) {
    byte[] whole = parts.getFirst();
    for (byte[] part : parts.subList(1, parts.size())) {
      assertThat(NatPackets.identification(part)).isEqualTo(NatPackets.identification(whole));
      whole = Packets.concat(whole, Packets.from(part, 20));
    }
    Packets.putShort(whole, 2, whole.length);
    Packets.putShort(whole, 6, 0);
    return Packets.fixIpv4(whole, 0);
  }

  @Test
  @Requirement("RFC4787-REQ14-01")
  void fragmentsInOrderPassAtOnce() {
    NatTimeline t = NatTimeline.start();
    List<byte[]> parts = new ArrayList<>();
    for (byte[] fragment : fragments(udp(HOST, SERVER, LONG), 7, 400)) {
      parts.add(t.out(fragment).translated());
    }
    assertThat(NatPackets.describe(reassembled(parts))).isEqualTo("udp 203.0.113.1:5000 > 198.51.100.7:53");
    List<byte[]> answer = new ArrayList<>();
    for (byte[] fragment : fragments(udp(SERVER, MAPPED, LONG), 9, 400)) {
      answer.add(t.in(fragment).translated());
    }
    assertThat(NatPackets.describe(reassembled(answer))).isEqualTo("udp 198.51.100.7:53 > 10.0.0.2:5000");
    assertThat(NatPackets.identification(answer.getFirst())).isEqualTo(9);
    assertThat(t.engine.fragments().datagrams()).as("datagrams in memory").isZero();
    t.nothingLater().end();
  }

  @Test
  @Requirement("RFC4787-REQ14-01")
  void fragmentsOutOfOrderWaitForTheFirstOne() {
    NatTimeline t = NatTimeline.start();
    List<byte[]> sent = fragments(udp(HOST, SERVER, LONG), 7, 400);
    t.out(sent.get(2)).held().out(sent.get(1)).held().nothingLater();
    byte[] first = t.out(sent.get(0)).translated();
    byte[] third = t.later(sent.get(2)).translated();
    byte[] second = t.later(sent.get(1)).translated();
    assertThat(NatPackets.describe(reassembled(List.of(first, second, third))))
        .isEqualTo("udp 203.0.113.1:5000 > 198.51.100.7:53");
    t.nothingLater().end();
  }

  @Test
  void fragmentsFromOutsideWaitToo() {
    NatTimeline t = NatTimeline.start();
    t.out(udp(HOST, SERVER)).translated();
    List<byte[]> sent = fragments(udp(SERVER, MAPPED, LONG), 7, 400);
    t.in(sent.get(1)).held();
    byte[] first = t.in(sent.get(0)).translated();
    byte[] second = t.later(sent.get(1)).translated();
    byte[] third = t.in(sent.get(2)).translated();
    assertThat(NatPackets.describe(reassembled(List.of(first, second, third))))
        .isEqualTo("udp 198.51.100.7:53 > 10.0.0.2:5000");
    t.end();
  }

  @Test
  void fragmentsOfHairpinnedDatagramsAndSegmentsPass() {
    NatTimeline t = NatTimeline.start();
    t.out(udp("10.0.0.3:6000", MAPPED)).refused(NatDrop.NO_MAPPING);
    List<byte[]> parts = new ArrayList<>();
    for (byte[] fragment : fragments(udp(HOST, "203.0.113.1:6000", LONG), 7, 400)) {
      parts.add(t.out(fragment).translated());
    }
    assertThat(NatPackets.describe(reassembled(parts))).isEqualTo("udp 203.0.113.1:5000 > 10.0.0.3:6000");
    parts.clear();
    for (byte[] fragment : fragments(tcp(HOST, SERVER, "A", LONG), 8, 400)) {
      parts.add(t.out(fragment).translated());
    }
    assertThat(NatPackets.describe(reassembled(parts))).isEqualTo("tcp 203.0.113.1:5000 > 198.51.100.7:53");
  }

  @Test
  void aLongQueryPassesInFragments() {
    NatTimeline t = NatTimeline.start();
    t.out(NatPackets.echo("10.0.0.3:5000", SERVER)).translated();
    List<byte[]> parts = new ArrayList<>();
    for (byte[] fragment : fragments(NatPackets.icmp(HOST, SERVER, 8, 0, 5000 << 16, LONG), 7, 400)) {
      parts.add(t.out(fragment).translated());
    }
    assertThat(NatPackets.describe(reassembled(parts))).startsWith("echo 203.0.113.1 > 198.51.100.7 id ")
        .doesNotEndWith(" 5000");
  }

  @Test
  void fragmentsOfARefusedDatagramAreRefusedToo() {
    NatTimeline t = NatTimeline.start();
    List<byte[]> sent = fragments(udp(SERVER, MAPPED, LONG), 7, 400);
    t.in(sent.get(1)).held();
    t.in(sent.get(0)).refused(NatDrop.NO_MAPPING).later(sent.get(1)).refused(NatDrop.NO_MAPPING);
    t.in(sent.get(2)).refused(NatDrop.NO_MAPPING).nothingLater().end();
  }

  @Test
  void fragmentsForTheTranslatorsOwnHostPass() {
    NatTimeline t = NatTimeline.start();
    t.sockets.add("UDP 203.0.113.1:5000");
    List<byte[]> sent = fragments(udp(SERVER, MAPPED, LONG), 7, 400);
    t.in(sent.get(1)).held().in(sent.get(0)).passes().later(sent.get(1)).passes().in(sent.get(2)).passes();
    t.in(Packets.fragment("198.51.100.7", "203.0.113.1", 47, 3, 80, false, new byte[8])).passes();
    t.out(Packets.fragment("10.0.0.2", "203.0.113.1", 47, 3, 80, false, new byte[8])).passes().end();
  }

  @Test
  void fragmentsWithoutTheFirstOneAreDroppedAfterAWhile() {
    NatTimeline t = NatTimeline.start();
    List<byte[]> sent = fragments(udp(HOST, SERVER, LONG), 7, 400);
    t.out(sent.get(1)).held().at(4.9).nothingLater().at(5).later(sent.get(1)).refused(NatDrop.FRAGMENT_TIMEOUT);
    assertThat(t.memory.held()).isZero();
    t.end();
  }

  @Test
  void theDecisionAboutAnIncompleteDatagramIsForgottenAfterAWhile() {
    NatTimeline t = NatTimeline.start();
    List<byte[]> sent = fragments(udp(HOST, SERVER, LONG), 7, 400);
    t.out(sent.get(0)).translated();
    t.at(29.9).out(sent.get(1)).translated();
    t.at(30).out(sent.get(2)).held().end();
  }

  @Test
  void aTinyFirstFragmentIsRefused() {
    NatTimeline t = NatTimeline.start();
    t.out(fragments(tcp(HOST, SERVER, "S", LONG), 7, 16).getFirst()).refused(NatDrop.TINY_FRAGMENT);
    byte[] within = fragments(tcp(HOST, SERVER, "S", LONG), 8, 8).get(1);
    t.out(within).refused(NatDrop.TINY_FRAGMENT).mappingCount(0).end();
  }

  @Test
  void aFragmentedSynIsNotHeld() {
    NatTimeline t = NatTimeline.start();
    List<byte[]> sent = fragments(tcp(SERVER, MAPPED, "S", LONG), 7, 400);
    t.in(sent.get(0)).refused(NatDrop.UNSOLICITED_SYN).in(sent.get(1)).refused(NatDrop.UNSOLICITED_SYN).end();
  }

  @Test
  @Requirement("RFC4787-REQ14-02")
  void aFloodOfFragmentsDoesNotStopPacketsAndFragmentsInOrder() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withLimits(
        NatLimits.DEFAULT.withHeldOctets(8192).withDatagrams(4)));
    List<byte[]> sent = fragments(udp(HOST, SERVER, LONG), 7, 400);
    byte[] first = t.out(sent.get(0)).translated();
    int held = 0;
    for (int id = 0; id < 1000; id++) {
      t.in(Packets.fragment("192.0.2." + id % 250, "203.0.113.1", 17, id, 800, false, new byte[200]));
      held += t.any() instanceof Held ? 1 : 0;
    }
    assertThat(held).isEqualTo(1000);
    assertThat(t.memory.held()).isLessThanOrEqualTo(8192);
    assertThat(t.engine.fragments().datagrams()).isEqualTo(5);
    byte[] second = t.out(sent.get(1)).translated();
    byte[] third = t.out(sent.get(2)).translated();
    assertThat(NatPackets.describe(reassembled(List.of(first, second, third))))
        .isEqualTo("udp 203.0.113.1:5000 > 198.51.100.7:53");
    t.out(udp(HOST, SERVER)).translated();
    t.in(udp(SERVER, MAPPED)).becomes("udp 198.51.100.7:53 > 10.0.0.2:5000").end();
  }

  @Test
  void theOldestHeldFragmentsMakeRoomForNewOnes() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withLimits(NatLimits.DEFAULT.withHeldOctets(2048)));
    List<byte[]> sent = new ArrayList<>();
    for (int id = 0; id < 3; id++) {
      byte[] fragment = fragments(udp(HOST, SERVER, new byte[1608]), id, 808).get(1);
      sent.add(fragment);
      t.out(fragment).held();
    }
    t.later(sent.getFirst()).refused(NatDrop.FRAGMENT_LIMIT).nothingLater();
    byte[] tooLong = fragments(udp(HOST, SERVER, new byte[6008]), 9, 3008).get(1);
    t.out(tooLong).refused(NatDrop.FRAGMENT_LIMIT);
    t.later(sent.get(1)).refused(NatDrop.FRAGMENT_LIMIT).later(sent.get(2)).refused(NatDrop.FRAGMENT_LIMIT).end();
  }

  @Test
  void aNewDatagramWithTheSameIdentificationHasItsOwnDecision() {
    NatTimeline t = NatTimeline.start();
    t.out(udp(HOST, SERVER)).translated();
    t.out(udp("10.0.0.3:6000", SERVER)).translated();
    t.in(fragments(udp(SERVER, MAPPED, LONG), 7, 400).getFirst()).translated();
    List<byte[]> next = fragments(udp(SERVER, "203.0.113.1:6000", LONG), 7, 400);
    t.in(next.get(0)).translated();
    t.in(next.get(1)).becomes("fragment 198.51.100.7 > 10.0.0.3 at 400");
  }

  @Test
  void closingReturnsHeldFragments() {
    NatTimeline t = NatTimeline.start();
    byte[] fragment = fragments(udp(HOST, SERVER, LONG), 7, 400).get(1);
    byte[] syn = tcp(SERVER, "203.0.113.1:22", "S");
    t.out(fragment).held().in(syn).held();
    t.engine.close(t.now());
    t.later(syn).refused(NatDrop.CLOSED).later(fragment).refused(NatDrop.CLOSED).nothingLater();
    assertThat(Arrays.asList(t.memory.held(), t.allocator.live())).containsOnly(0L);
  }
}
