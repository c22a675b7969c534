package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpSettings.Ecn;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import org.junit.jupiter.api.Test;

/** The agreement that follows from two SYNs, without a connection. */
class NegotiatedOptionsTest {

  private static final int ECE = TcpSegment.ECE;
  private static final int CWR = TcpSegment.CWR;
  private static final int ACK = TcpSegment.ACK;

  private static TcpSegment syn(int flags, TcpOptions options) {
    return new TcpSegment(Timeline.FLOW, 1, 0, TcpSegment.SYN | flags, 1000, 0, options, 0, Unpooled.EMPTY_BUFFER,
        PacketFacts.LOCAL);
  }

  private static NegotiatedOptions of(TcpSettings settings, TcpSegment syn) {
    return NegotiatedOptions.of(syn, settings, 7, 536, false);
  }

  @Test
  void anOptionIsAgreedOnlyIfBothSidesOfferIt() {
    TcpOptions all = TcpOptions.timestamps(1, 0).withMss(1400).withWindowScale(3).withSackPermitted();
    NegotiatedOptions both = of(TcpSettings.DEFAULTS, syn(0, all));
    assertThat(both)
        .isEqualTo(new NegotiatedOptions(1400, new NegotiatedOptions.Scales(true, 3, 7), true, true, false, 0));
    NegotiatedOptions onlyPeer = of(TcpSettings.DEFAULTS.withWire(
        wire -> wire.withTimestamps(false).withWindowScaling(false).withSelectiveAcknowledgment(false)), syn(0, all));
    assertThat(onlyPeer).isEqualTo(new NegotiatedOptions(1400, NegotiatedOptions.Scales.NONE, false, false, false, 0));
    NegotiatedOptions onlyWe = of(TcpSettings.DEFAULTS, syn(0, TcpOptions.NONE));
    assertThat(onlyWe).isEqualTo(new NegotiatedOptions(536, NegotiatedOptions.Scales.NONE, false, false, false, 0));
  }

  @Test
  void aScaleAboveFourteenIsTreatedAsFourteen() {
    assertThat(of(TcpSettings.DEFAULTS, syn(0, TcpOptions.NONE.withWindowScale(15))).scales().send()).isEqualTo(14);
  }

  @Test
  void aSegmentSizeTooSmallForDataIsRaised() {
    assertThat(of(TcpSettings.DEFAULTS, syn(0, TcpOptions.NONE.withMss(8))).peerMss())
        .isEqualTo(SegmentSize.MIN_PEER_MSS);
  }

  @Test
  void ecnRequiresTheSetupFlags() {
    TcpSettings accepting = TcpSettings.DEFAULTS.withWire(wire -> wire.withEcn(Ecn.ACCEPT));
    TcpSettings asking = TcpSettings.DEFAULTS.withWire(wire -> wire.withEcn(Ecn.REQUEST));
    TcpSettings off = TcpSettings.DEFAULTS.withWire(wire -> wire.withEcn(Ecn.OFF));
    assertThat(of(accepting, syn(ECE | CWR, TcpOptions.NONE)).ecn()).isTrue();
    assertThat(of(accepting, syn(ECE, TcpOptions.NONE)).ecn()).as("ECE without CWR").isFalse();
    assertThat(of(accepting, syn(ACK | ECE, TcpOptions.NONE)).ecn()).as("an answer without a request").isFalse();
    assertThat(of(asking, syn(ACK | ECE, TcpOptions.NONE)).ecn()).isTrue();
    assertThat(of(asking, syn(ACK | ECE | CWR, TcpOptions.NONE)).ecn()).as("a peer that reflects our flags").isFalse();
    assertThat(of(off, syn(ECE | CWR, TcpOptions.NONE)).ecn()).isFalse();
    assertThat(NegotiatedOptions.of(syn(ACK | ECE, TcpOptions.NONE), asking, 7, 536, true).ecn())
        .as("one of our SYNs did not request ECN").isFalse();
  }

  @Test
  void aRepeatedSynWithoutEcnRevokesTheAgreement() {
    NegotiatedOptions agreed = of(TcpSettings.DEFAULTS, syn(ECE | CWR, TcpOptions.NONE.withMss(900)));
    assertThat(agreed.afterRepeated(syn(ECE | CWR, TcpOptions.NONE))).isSameAs(agreed);
    NegotiatedOptions plain = agreed.afterRepeated(syn(0, TcpOptions.NONE));
    assertThat(plain.ecn()).isFalse();
    assertThat(plain.peerMss()).isEqualTo(900);
    assertThat(plain.afterRepeated(syn(ECE | CWR, TcpOptions.NONE)).ecn()).as("permanently").isFalse();
  }
}
