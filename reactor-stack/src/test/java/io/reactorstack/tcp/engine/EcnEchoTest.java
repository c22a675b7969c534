package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Rejections;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpSettings.Ecn;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.EnclosingPacket;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import org.junit.jupiter.api.Test;

/** Explicit congestion notification: the agreement in the SYNs and the echo of marks (RFC 3168 sections 6.1.1 and 6.1.3). */
class EcnEchoTest {

  private static final TcpSettings OFF = Timeline.PLAIN.withWire(wire -> wire.withEcn(Ecn.OFF));
  private static final TcpSettings ACCEPT = Timeline.PLAIN.withWire(wire -> wire.withEcn(Ecn.ACCEPT));
  private static final TcpSettings REQUEST = Timeline.PLAIN.withWire(wire -> wire.withEcn(Ecn.REQUEST));

  private static boolean agreed(Timeline t) {
    return t.info().options().ecn();
  }

  @Test
  @Requirement({"RFC3168-6.1.1-01", "RFC3168-6.1.1-10", "SHLD-8"})
  void aSynRequestsEcnAndASynAckAgrees() {
    try (Timeline t = Timeline.active(REQUEST)) {
      t.expect("[noecn] SEW 0(0)").inject("SE. 0(0) ack 1 <mss 1460>").expect("[noecn] . 1(0) ack 1");
      assertThat(agreed(t)).isTrue();
    }
  }

  @Test
  @Requirement({"RFC3168-6.1.1-02", "RFC3168-6.1.1-10", "RFC8311-4.3-02"})
  void anEcnSetupSynIsAnsweredWithEceOnly() {
    for (TcpSettings settings : new TcpSettings[] {ACCEPT, REQUEST}) {
      try (Timeline t = Timeline.passive(settings, "SEW 0(0) <mss 1460>")) {
        t.expect("[noecn] SE. 0(0) ack 1").inject(". 1(0) ack 1").state(TcpState.ESTABLISHED);
        assertThat(agreed(t)).isTrue();
      }
    }
  }

  @Test
  @Requirement({"RFC3168-6.1.1-03", "RFC3168-6.1.1-08", "RFC3168-6.1.1-09"})
  void withoutRequestOrPermissionTheSynAckIsPlain() {
    String[] plain = {"S 0(0)", "SE 0(0)", "SW 0(0)"};
    for (String syn : plain) {
      try (Timeline t = Timeline.passive(REQUEST, syn)) {
        t.expect("S. 0(0) ack 1").inject(". 1(0) ack 1").state(TcpState.ESTABLISHED);
        assertThat(agreed(t)).as(syn).isFalse();
      }
    }
    try (Timeline t = Timeline.passive(OFF, "SEW 0(0)")) {
      t.expect("S. 0(0) ack 1").inject(". 1(0) ack 1").state(TcpState.ESTABLISHED);
      assertThat(agreed(t)).isFalse();
    }
    try (Timeline t = Timeline.active(OFF)) {
      t.expect("S 0(0)");
    }
    try (Timeline t = Timeline.active(ACCEPT)) {
      t.expect("S 0(0)").inject("SE. 0(0) ack 1").expect(". 1(0) ack 1");
      assertThat(agreed(t)).isFalse();
    }
  }

  @Test
  @Requirement({"RFC3168-6.1.1-09"})
  void anyOtherSynAckMeansNoAgreement() {
    for (String synAck : new String[] {"S. 0(0) ack 1", "SEW. 0(0) ack 1", "SW. 0(0) ack 1"}) {
      try (Timeline t = Timeline.active(REQUEST)) {
        t.expect("SEW 0(0)").inject(synAck).expect(". 1(0) ack 1").state(TcpState.ESTABLISHED);
        assertThat(agreed(t)).as(synAck).isFalse();
        t.inject("[ce] P. 1(10) ack 1").after(40).expect(". 1(0) ack 11");
      }
    }
  }

  @Test
  @Requirement({"RFC3168-6.1.1.1-02", "RFC3168-6.1.1-04"})
  void anUnansweredEcnSetupSynIsRetransmittedWithoutEcn() {
    try (Timeline t = Timeline.active(REQUEST)) {
      t.expect("SEW 0(0)").after(1000).expect("S 0(0)");
      // Even if the answer is to the first SYN, because the peer may have accepted the second one instead.
      t.inject("SE. 0(0) ack 1").expect(". 1(0) ack 1");
      assertThat(agreed(t)).isFalse();
    }
  }

  @Test
  @Requirement({"RFC3168-6.1.1-05", "RFC3168-6.1.1-07"})
  void aRepeatedPlainSynRevokesTheAgreement() {
    try (Timeline t = Timeline.passive(ACCEPT, "SEW 0(0)")) {
      t.expect("SE. 0(0) ack 1").inject("S 0(0)").expect("S. 0(0) ack 1").inject(". 1(0) ack 1");
      assertThat(agreed(t)).isFalse();
    }
    try (Timeline t = Timeline.passive(ACCEPT, "SEW 0(0)")) {
      t.expect("SE. 0(0) ack 1").inject("SEW 0(0)").expect("SE. 0(0) ack 1").inject(". 1(0) ack 1");
      assertThat(agreed(t)).isTrue();
    }
  }

  @Test
  void simultaneousOpenAgreesIfBothSynsRequestEcn() {
    try (Timeline t = Timeline.active(REQUEST)) {
      t.expect("SEW 0(0)").inject("SEW 0(0)").expect("SE. 0(0) ack 1").inject("SE. 0(0) ack 1");
      assertThat(agreed(t)).isTrue();
    }
    try (Timeline t = Timeline.active(ACCEPT)) {
      t.expect("S 0(0)").inject("SEW 0(0)").expect("S. 0(0) ack 1");
    }
  }

  @Test
  @Requirement({"RFC3168-6.1.3-01", "RFC3168-6.1.3-02", "RFC3168-6.1.3-03"})
  void aMarkIsEchoedUntilTheSenderHasReacted() {
    try (Timeline t = established()) {
      // The mark may be on any of the segments that one acknowledgement covers.
      t.inject("[ect0] P. 1(10) ack 1", "[ce] P. 11(10) ack 1", "[ect0] P. 21(10) ack 1").after(40);
      t.expect("E. 1(0) ack 31").write(10).expect("PE. 1(10) ack 31");
      t.inject("[ect0] P. 31(10) ack 11").after(40).expect("E. 11(0) ack 41");
      t.inject("[ect0] PW. 41(10) ack 11").expect(". 11(0) ack 51");
      t.inject("[ect0] P. 51(10) ack 11").after(40).expect(". 11(0) ack 61");
      // The sender has reacted, and the same segment is marked again.
      t.inject("[ce] PW. 61(10) ack 11").expect("E. 11(0) ack 71");
      assertThat(t.engine().info(0).options().ecnseen()).isTrue();
    }
  }

  @Test
  @Requirement("RFC3168-6.1.1-06")
  void cwrIsStillProcessedAfterSendingEctData() {
    try (Timeline t = established()) {
      t.write(10).expect("[ect0] P. 1(10)").inject(". 1(0) ack 11");
      t.inject("[ce] P. 1(10) ack 11").jump().expect("E. 11(0) ack 11");
      t.inject("[ect0] PW. 11(10) ack 11").expect(". 11(0) ack 21");
    }
  }

  @Test
  @Requirement({"RFC3168-6.1.4-01", "RFC3168-5.2-02", "RFC8311-4.3-03"})
  void pureAcknowledgementsAreNotEct() {
    try (Timeline t = established()) {
      t.inject("[ect0] . 101(10) ack 1").expect("[noecn] . 1(0) ack 1").inject("[ce] . 201(10) ack 1");
      t.expect("[noecn] E. 1(0) ack 1");
    }
  }

  @Test
  @Requirement("RFC3168-6.1.5-02")
  void marksOutsideTheWindowOrWithoutDataAreIgnored() {
    try (Timeline t = established()) {
      t.inject("[ce] . 70000(10) ack 1").expect(". 1(0) ack 1");
      t.inject("P. 1(10) ack 1").after(40).expect(". 1(0) ack 11");
      t.inject("[ce] . 1(10) ack 1").expect(". 1(0) ack 11").inject("[ce] . 11(0) ack 1").quiet();
      t.inject("P. 11(10) ack 1").after(40).expect(". 1(0) ack 21");
    }
  }

  @Test
  @Requirement("RFC3168-6.1.6-02")
  void theMarkOfAWindowProbeCounts() {
    TcpSettings small = Timeline.settings(4096, false, false).withWire(wire -> wire.withEcn(Ecn.ACCEPT));
    try (Timeline t = Timeline.passive(small, "SEW 0(0) <mss 1460>")) {
      t.drop();
      t.inject(". 1(4096) ack 1").expect(". 1(0) ack 4097 win 0").inject("[ce] . 4097(1) ack 1");
      t.expect("E. 1(0) ack 4097 win 0");
    }
  }

  @Test
  void aMarkIsAcknowledgedWithoutDelay() {
    try (Timeline t = Timeline.passive(ACCEPT.withTimers(timers -> timers.withQuickAck(true)), "SEW 0(0) <mss 1460>")) {
      t.drop();
      t.inject(". 1(0) ack 1").quickAck(false).inject("[ect0] P. 1(10) ack 1").quiet().after(40).drop();
      t.quickAck(false).inject("[ce] P. 11(10) ack 1").expect("E. 1(0) ack 21");
    }
  }

  @Test
  @Requirement({"RFC9768-3.1.2-01", "RFC9293-3.1-14"})
  void anAccurateEcnSynIsTreatedAsClassicEcn() {
    for (TcpSettings settings : new TcpSettings[] {ACCEPT, OFF}) {
      CountingAllocator memory = new CountingAllocator();
      TcpEngine engine = Engines.accept(settings, synWithAllBits(memory), 1000, 0, 1500, memory, 0);
      TcpSegment synAck = engine.poll(0);
      assertThat(synAck).isNotNull();
      ByteBuf bytes = synAck.payload();
      synAck.write(bytes);
      int expected = TcpSegment.SYN | TcpSegment.ACK | (settings == OFF ? 0 : TcpSegment.ECE);
      assertThat(synAck.flags()).isEqualTo(expected);
      assertThat(bytes.getUnsignedShort(bytes.readerIndex() + 12)).as("data offset and flags")
          .isEqualTo(bytes.readableBytes() / 4 << 12 | expected);
      bytes.release();
      engine.abort(0);
      assertThat(engine.poll(0)).satisfies(TcpSegment::release);
      assertThat(memory.live()).isZero();
    }
  }

  /** Builds a SYN, parsed from its bytes, with AE, CWR, ECE and the other reserved bits. */
  private static TcpSegment synWithAllBits(CountingAllocator memory) {
    PacketFacts verified = new PacketFacts(0, PacketFacts.ChecksumState.VERIFIED, 0);
    int flags = TcpSegment.SYN | TcpSegment.ECE | TcpSegment.CWR;
    FourTuple flow = Timeline.FLOW.reversed();
    ByteBuf bytes = Headroom.allocate(memory, 0);
    new TcpSegment(flow, 5000, 0, flags, 65_535, 0, TcpOptions.NONE, 0, bytes, verified).write(bytes);
    bytes.setShort(bytes.readerIndex() + 12, bytes.getUnsignedShort(bytes.readerIndex() + 12) | 0x0f00);
    EnclosingPacket carrier = EnclosingPacket.of(flow.localAddress(), flow.remoteAddress(), 0, verified);
    TcpSegment parsed = TcpSegment.parse(bytes, carrier, Rejections.UNCOUNTED);
    assertThat(parsed).isNotNull();
    return parsed;
  }

  @Test
  @Requirement("RFC8311-2.2-04")
  void aSynMayBeEct() {
    for (String mark : new String[] {"ect0", "ect1", "ce"}) {
      try (Timeline t = Timeline.passive(ACCEPT, "[" + mark + "] SEW 0(0) <mss 1460>")) {
        t.expect("SE. 0(0) ack 1").inject(". 1(0) ack 1").state(TcpState.ESTABLISHED);
        assertThat(agreed(t)).isTrue();
      }
    }
  }

  private static Timeline established() {
    Timeline t = Timeline.passive(ACCEPT, "SEW 0(0) <mss 1460>");
    t.expect("SE. 0(0) ack 1").inject(". 1(0) ack 1").state(TcpState.ESTABLISHED);
    return t;
  }
}
