package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A handshake without state between the SYN-ACK and the peer's ACK (RFC 4987 section 3.6), and the connection that
 * follows.
 */
class CookieHandshakeTest {

  private static final TcpSettings FULL = TcpSettings.DEFAULTS
      .withBuffers(buffers -> buffers.withReceiveBuffer(100_000).withMaxReceiveBuffer(1 << 20))
      .withTimers(timers -> timers.withInitialRto(Duration.ofSeconds(1)))
      .withWire(wire -> wire.withTimestamps(true).withWindowScaling(true).withSelectiveAcknowledgment(true)
          .withEcn(TcpSettings.Ecn.ACCEPT));
  private static final TcpOptions OFFER = TcpOptions.timestamps(10, 0).withMss(1460).withWindowScale(7)
      .withSackPermitted();
  private static final int ECN_SETUP = TcpSegment.ECE | TcpSegment.CWR;
  private static final int SEQ = 500;
  private static final int ISS = -1;
  private static final int OFFSET = 12_345;
  private static final long MILLI = 1_000_000;

  private final CountingAllocator allocator = new CountingAllocator();
  private final HostMemory host = HostMemory.unlimited(allocator);
  private long now = 77 * MILLI;

  @AfterEach
  void everythingIsReleased() {
    assertThat(allocator.live()).isZero();
  }

  private TcpSegment segment(FourTuple flow, int flags, int seq, int ack, TcpOptions options) {
    return new TcpSegment(flow, seq, ack, flags, 1000, 0, options, 0, allocator.buffer(1), PacketFacts.LOCAL);
  }

  private TcpSegment synAck(TcpSettings settings, TcpSegment syn) {
    return CookieHandshake.of(syn, settings).synAck(syn, settings, ISS, OFFSET, 1500, allocator, now);
  }

  /** Runs a SYN through the whole handshake and returns the connection that gets the peer's ACK. */
  private TcpEngine resumed(TcpSettings settings, int flags, TcpOptions offer, boolean acknowledge) {
    TcpSegment syn = segment(Timeline.FLOW, TcpSegment.SYN | flags, SEQ, 0, offer);
    int mssClass = CookieHandshake.of(syn, settings).mssClass();
    TcpSegment synAck = synAck(settings, syn);
    now += 100 * MILLI;
    TcpOptions options = synAck.options().hasTimestamps()
        ? TcpOptions.timestamps(110, synAck.options().tsVal())
        : TcpOptions.NONE;
    TcpSegment ack = segment(Timeline.FLOW, TcpSegment.ACK, SEQ + 1, ISS + 1, options);
    TcpSegment again = CookieHandshake.returned(mssClass, ack, settings).syn(ack, allocator);
    assertThat(again.seq()).isEqualTo(SEQ);
    assertThat(again.flow()).isEqualTo(Timeline.FLOW);
    syn.release();
    synAck.release();
    TcpEngine engine = TcpEngine.resume(
        new Setup(settings, Quirks.NONE, again.flow(), ISS, OFFSET, 1500, host), again, now);
    assertThat(engine.state()).isEqualTo(TcpState.SYN_RECEIVED);
    assertThat(engine.poll(now)).as("the SYN-ACK was sent before").isNull();
    if (acknowledge) {
      engine.onSegment(ack, now);
    } else {
      ack.release();
    }
    return engine;
  }

  private void end(TcpEngine engine) {
    engine.abort(now);
    for (TcpSegment s = engine.poll(now); s != null; s = engine.poll(now)) {
      s.release();
    }
    assertThat(host.held()).isZero();
  }

  @Test
  @Requirement("RFC4987-3.6-03")
  void theSynAckEqualsThatOfAnOrdinaryConnection() {
    TcpSegment syn = segment(Timeline.FLOW, TcpSegment.SYN | ECN_SETUP, SEQ, 0, OFFER);
    TcpSegment synAck = synAck(FULL, syn);
    assertThat(synAck.flow()).isEqualTo(Timeline.FLOW);
    assertThat(synAck.flags()).isEqualTo(TcpSegment.SYN | TcpSegment.ACK | TcpSegment.ECE);
    assertThat(synAck.seq()).isEqualTo(ISS);
    assertThat(synAck.ack()).isEqualTo(SEQ + 1);
    assertThat(synAck.window()).isEqualTo(65_535);
    assertThat(synAck.options().mss()).isEqualTo(1460);
    assertThat(synAck.options().windowScale()).isEqualTo(5);
    assertThat(synAck.options().sackPermitted()).isTrue();
    assertThat(synAck.options().tsEcr()).isEqualTo(10);
    synAck.release();
    synAck = synAck(FULL.withBuffers(buffers -> buffers.withReceiveBuffer(20_000)), syn);
    assertThat(synAck.window()).isEqualTo(20_000);
    synAck.release();
    syn.release();
  }

  @Test
  void theSynAckTimestampIsUpTo63TicksLateAndNeverEarly() {
    TcpSegment syn = segment(Timeline.FLOW, TcpSegment.SYN, SEQ, 0, OFFER);
    for (int i = 0; i < 200; i++, now += MILLI) {
      TcpSegment synAck = synAck(FULL, syn);
      assertThat((int) (now / MILLI) + OFFSET - synAck.options().tsVal()).isBetween(0, 63);
      synAck.release();
    }
    syn.release();
  }

  @Test
  @Requirement("RFC4987-3.6-03")
  void theConnectionHasAllOptionsThatTheSynAckAccepted() {
    TcpEngine engine = resumed(FULL, ECN_SETUP, OFFER, true);
    assertThat(engine.state()).isEqualTo(TcpState.ESTABLISHED);
    TcpInfo info = engine.info(now);
    assertThat(info.options().ts()).isTrue();
    assertThat(info.options().sack()).isTrue();
    assertThat(info.options().ecn()).isTrue();
    assertThat(info.options().wscale()).isTrue();
    assertThat(info.options().sndWscale()).isEqualTo(7);
    assertThat(info.options().rcvWscale()).isEqualTo(5);
    assertThat(info.sizes().mss()).isEqualTo(1448);
    assertThat(info.sendWindow()).isEqualTo(1000 << 7);
    assertThat(info.timing().roundTrip().rtt()).as("the time of the SYN-ACK is not known").isZero();
    assertThat(engine.rcvNxt()).isEqualTo(SEQ + 1);
    end(engine);
  }

  @Test
  @Requirement("RFC4987-3.6-03")
  void withoutTimestampsOnlyTheSegmentSizeIsKnown() {
    TcpEngine engine = resumed(FULL, ECN_SETUP, TcpOptions.NONE.withMss(1400).withWindowScale(7).withSackPermitted(),
        true);
    TcpInfo info = engine.info(now);
    assertThat(info.options().ts()).isFalse();
    assertThat(info.options().sack()).isFalse();
    assertThat(info.options().ecn()).isFalse();
    assertThat(info.options().wscale()).isFalse();
    assertThat(info.sizes().mss()).isEqualTo(1400);
    assertThat(info.sendWindow()).isEqualTo(1000);
    end(engine);
  }

  @Test
  void eachOptionIsRestoredIndependently() {
    TcpEngine engine = resumed(FULL, 0, TcpOptions.timestamps(10, 0).withSackPermitted(), true);
    assertThat(engine.info(now).options().sack()).isTrue();
    assertThat(engine.info(now).options().wscale()).isFalse();
    assertThat(engine.info(now).options().ecn()).isFalse();
    assertThat(engine.info(now).sizes().mss()).as("the default MSS").isEqualTo(536 - 12);
    end(engine);
    engine = resumed(FULL, ECN_SETUP, TcpOptions.timestamps(10, 0).withWindowScale(0), true);
    assertThat(engine.info(now).options().sack()).isFalse();
    assertThat(engine.info(now).options().wscale()).isTrue();
    assertThat(engine.info(now).options().sndWscale()).isZero();
    assertThat(engine.info(now).options().ecn()).isTrue();
    end(engine);
  }

  @Test
  void withoutMssTheSizeIsTheDefaultOfTheAddressFamily() {
    for (FourTuple flow : new FourTuple[] {Timeline.FLOW, Timeline.FLOW6}) {
      TcpSegment syn = segment(flow, TcpSegment.SYN, SEQ, 0, TcpOptions.NONE);
      TcpSegment ack = segment(flow, TcpSegment.ACK, SEQ + 1, ISS + 1, TcpOptions.NONE);
      CookieHandshake kept = CookieHandshake.of(syn, FULL);
      TcpSegment again = kept.syn(ack, allocator);
      assertThat(again.options().mss()).isEqualTo(flow == Timeline.FLOW ? 536 : 1220);
      TcpSegment synAck = synAck(FULL, syn);
      assertThat(synAck.options().mss()).isEqualTo(flow == Timeline.FLOW ? 1460 : 1440);
      for (TcpSegment s : new TcpSegment[] {syn, ack, again, synAck}) {
        s.release();
      }
    }
  }

  @Test
  void aResumedConnectionRetransmitsItsSynAck() {
    TcpEngine engine = resumed(FULL, 0, OFFER, false);
    assertThat(engine.nextDeadline()).isEqualTo(now + 1000 * MILLI);
    now = engine.nextDeadline();
    engine.onTimeout(now);
    TcpSegment synAck = engine.poll(now);
    assertThat(synAck).isNotNull();
    assertThat(synAck.flags()).isEqualTo(TcpSegment.SYN | TcpSegment.ACK);
    assertThat(synAck.seq()).isEqualTo(ISS);
    assertThat(synAck.ack()).isEqualTo(SEQ + 1);
    synAck.release();
    end(engine);
  }
}
