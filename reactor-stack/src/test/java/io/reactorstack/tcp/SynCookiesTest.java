package io.reactorstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.engine.CookieHandshake;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** SYN cookies: sequence numbers from which a SYN is restored without stored state (RFC 4987 section 3.6). */
class SynCookiesTest {

  private static final FourTuple FLOW = new FourTuple(IpAddress.parse("10.0.0.2"), 80, IpAddress.parse("10.0.0.1"),
      4000);
  private static final FourTuple OTHER_PORT = new FourTuple(
      IpAddress.parse("10.0.0.2"), 80, IpAddress.parse("10.0.0.1"), 4001);
  private static final FourTuple FLOW6 = new FourTuple(
      IpAddress.parse("2001:db8::2"), 80, IpAddress.parse("2001:db8::1"), 4000);

  private final SynCookies cookies = new SynCookies(new SplittableRandom(1));

  @Test
  @Requirement({"RFC4987-3.6-01", "RFC4987-3.6-02"})
  void decodeReturnsTheClassForTheSameConnectionOnly() {
    for (FourTuple flow : new FourTuple[] {FLOW, FLOW6}) {
      for (int mssClass = 0; mssClass < 8; mssClass++) {
        int cookie = cookies.encode(flow, 77, mssClass, 0);
        assertThat(cookies.decode(flow, 77, cookie, 0)).isEqualTo(mssClass);
        assertThat(cookies.decode(flow, 78, cookie, 0)).isEqualTo(SynCookies.INVALID);
        assertThat(cookies.decode(OTHER_PORT, 77, cookie, 0)).isEqualTo(SynCookies.INVALID);
        assertThat(cookies.decode(flow, 77, cookie ^ 1 << 29, 0)).as("another class").isEqualTo(SynCookies.INVALID);
        assertThat(cookies.decode(flow, 77, cookie + 1, 0)).isEqualTo(SynCookies.INVALID);
      }
    }
  }

  @Test
  @Requirement("RFC4987-3.6-02")
  void aCookieIsValidInItsOwnEpochAndTheNext() {
    int cookie = cookies.encode(FLOW, 77, 3, SynCookies.EPOCH_NANOS - 1);
    assertThat(cookies.decode(FLOW, 77, cookie, 2 * SynCookies.EPOCH_NANOS - 1)).isEqualTo(3);
    assertThat(cookies.decode(FLOW, 77, cookie, 2 * SynCookies.EPOCH_NANOS)).isEqualTo(SynCookies.INVALID);
    int later = cookies.encode(FLOW, 77, 3, 2 * SynCookies.EPOCH_NANOS);
    assertThat(later).as("the key is a new one").isNotEqualTo(cookie);
    assertThat(cookies.decode(FLOW, 77, later, 9 * SynCookies.EPOCH_NANOS)).isEqualTo(SynCookies.INVALID);
  }

  @Test
  @Requirement("RFC4987-3.6-02")
  void randomGuessesAreAcceptedNoMoreOftenThanByChance() {
    SplittableRandom random = new SplittableRandom(2);
    cookies.encode(FLOW, 1, 0, 0);
    int right = 0;
    for (int i = 0; i < 1_000_000; i++) {
      if (cookies.decode(FLOW, 1, random.nextInt(), SynCookies.EPOCH_NANOS) != SynCookies.INVALID) {
        right++;
      }
    }
    assertThat(right).as("expected: one in 2^28").isLessThan(2);
    Set<Integer> seen = new HashSet<>();
    for (int port = 1; port <= 1000; port++) {
      seen.add(cookies.encode(new FourTuple(FLOW.localAddress(), 80, FLOW.remoteAddress(), port), 1, 0, 0));
    }
    assertThat(seen).hasSize(1000);
  }

  private static TcpSegment segment(int flags, int seq, int ack, TcpOptions options) {
    return new TcpSegment(FLOW, seq, ack, flags, 1000, 0, options, 0, Unpooled.EMPTY_BUFFER, PacketFacts.LOCAL);
  }

  private static TcpSegment answer(TcpSettings settings, int flags, TcpOptions offered, long now) {
    TcpSegment syn = segment(TcpSegment.SYN | flags, 500, 0, offered);
    return CookieHandshake.of(syn, settings)
        .synAck(syn, settings, 900, 12_345, 1500, Unpooled.buffer().alloc(), now);
  }

  private static CookieHandshake returned(TcpSettings settings, TcpSegment synAck) {
    TcpOptions options = synAck.options().hasTimestamps()
        ? TcpOptions.timestamps(11, synAck.options().tsVal())
        : TcpOptions.NONE;
    return CookieHandshake.returned(4, segment(TcpSegment.ACK, 501, 901, options), settings);
  }

  @Test
  @Requirement("RFC4987-3.6-03")
  void timestampsCarryTheOtherOptions() {
    SplittableRandom random = new SplittableRandom(3);
    for (int scale = -1; scale <= 15; scale++) {
      for (int i = 0; i < 4; i++) {
        boolean sack = (i & 1) != 0;
        boolean ecn = (i & 2) != 0;
        TcpOptions offered = TcpOptions.timestamps(10, 0).withMss(1460);
        offered = scale >= 0 ? offered.withWindowScale(scale) : offered;
        offered = sack ? offered.withSackPermitted() : offered;
        long now = random.nextLong(1L << 50);
        TcpSegment synAck = answer(TcpSettings.DEFAULTS, ecn ? TcpSegment.ECE | TcpSegment.CWR : 0, offered, now);
        assertThat(synAck.has(TcpSegment.ECE)).isEqualTo(ecn);
        assertThat(synAck.options().sackPermitted()).isEqualTo(sack);
        assertThat(synAck.options().hasWindowScale()).isEqualTo(scale >= 0);
        assertThat(synAck.options().mss()).isEqualTo(1460);
        assertThat(synAck.options().tsEcr()).isEqualTo(10);
        int clock = (int) (now / 1_000_000) + 12_345;
        assertThat(clock - synAck.options().tsVal()).as("TSval lags behind the clock, never ahead").isBetween(0, 126);
        synAck.release();
        CookieHandshake back = returned(TcpSettings.DEFAULTS, synAck);
        assertThat(back).isEqualTo(new CookieHandshake(4, true, Math.min(scale, 14), sack, ecn));
      }
    }
  }

  @Test
  void withoutTimestampsOnlyTheSegmentSizeIsKept() {
    TcpOptions offered = TcpOptions.NONE.withMss(1460).withWindowScale(7).withSackPermitted();
    TcpSegment synAck = answer(TcpSettings.DEFAULTS, 0, offered, 0);
    assertThat(synAck.options()).isEqualTo(TcpOptions.NONE.withMss(1460));
    synAck.release();
    assertThat(returned(TcpSettings.DEFAULTS, synAck))
        .isEqualTo(new CookieHandshake(4, false, TcpOptions.ABSENT, false, false));
  }

  @Test
  void disabledOptionsAreNeitherOfferedNorRestored() {
    TcpSettings off = TcpSettings.DEFAULTS.withWire(
        wire -> wire.withWindowScaling(false).withSelectiveAcknowledgment(false).withEcn(TcpSettings.Ecn.OFF));
    TcpOptions offered = TcpOptions.timestamps(10, 0).withMss(1460).withWindowScale(7).withSackPermitted();
    TcpSegment synAck = answer(off, TcpSegment.ECE | TcpSegment.CWR, offered, 0);
    assertThat(synAck.flags()).isEqualTo(TcpSegment.SYN | TcpSegment.ACK);
    assertThat(synAck.options().hasWindowScale()).isFalse();
    assertThat(synAck.options().sackPermitted()).isFalse();
    synAck.release();
    TcpSegment forged = segment(TcpSegment.ACK, 501, 901, TcpOptions.timestamps(11, 0));
    assertThat(CookieHandshake.returned(4, forged, off))
        .isEqualTo(new CookieHandshake(4, true, TcpOptions.ABSENT, false, false));
  }

  @Test
  void theRestoredMssNeverExceedsThePeers() {
    for (int mss = 48; mss < 1600; mss++) {
      TcpSegment syn = segment(TcpSegment.SYN, 1, 0, TcpOptions.NONE.withMss(mss));
      int mssClass = CookieHandshake.of(syn, TcpSettings.DEFAULTS).mssClass();
      syn.release();
      TcpSegment ack = segment(TcpSegment.ACK, 2, 901, TcpOptions.NONE);
      TcpSegment back = CookieHandshake.returned(mssClass, ack, TcpSettings.DEFAULTS).syn(ack, ack.payload().alloc());
      assertThat(back.options().mss()).as("MSS %d", mss).isBetween(48, mss);
      back.release();
      ack.release();
    }
  }

  @Test
  void theSegmentSizeIsRoundedDown() {
    int[][] cases = {{0, 0}, {88, 0}, {535, 0}, {536, 1}, {1459, 5}, {1460, 6}, {8939, 6}, {65_535, 7}};
    for (int[] c : cases) {
      TcpSegment syn = segment(TcpSegment.SYN, 1, 0, TcpOptions.NONE.withMss(c[0]));
      assertThat(CookieHandshake.of(syn, TcpSettings.DEFAULTS).mssClass()).as("MSS %d", c[0]).isEqualTo(c[1]);
    }
    assertThat(CookieHandshake.of(segment(TcpSegment.SYN, 1, 0, TcpOptions.NONE), TcpSettings.DEFAULTS).mssClass())
        .as("without an MSS option: 536").isEqualTo(1);
  }
}
