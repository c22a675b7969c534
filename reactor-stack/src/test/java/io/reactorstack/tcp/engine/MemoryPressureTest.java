package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.packet.HostMemory;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import org.junit.jupiter.api.Test;

/**
 * A connection receives on a host whose memory is used by others: it has its reserve and keeps the window it has
 * advertised; data that gets no memory counts as lost.
 */
class MemoryPressureTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN;
  private static final TcpSettings SACK = PLAIN
      .withWire(wire -> wire.withSelectiveAcknowledgment(true).withDuplicateSelectiveAcknowledgment(true));
  private static final long LIMIT = HostMemory.MIN_LIMIT;
  /** Above this many octets the host is under pressure. */
  private static final long PRESSURE = LIMIT / 4 * 3;
  /** Two segments of 1460 octets with the overhead of their buffers. */
  private static final int RESERVE = Receiver.MIN_RESERVE;

  private final HostMemory host = new HostMemory(new CountingAllocator(), LIMIT);
  private final HostMemory.Holding others = host.open();

  private Timeline established(TcpSettings settings) {
    return established(settings, 1500);
  }

  private Timeline established(TcpSettings settings, int mtu) {
    return Timeline.active(settings, mtu, host)
        .handshake("mss 1460" + (settings.wire().selectiveAcknowledgment() ? ", sackOK" : "")
            + (settings.wire().windowScaling() ? ", wscale 0" : ""));
  }

  /** The octets that the connection is charged for receiving; it sends nothing. */
  private long charged() {
    return host.held() - others.octets() - SendBuffer.RESERVE;
  }

  private void end(Timeline t) {
    others.close();
    t.close();
  }

  // ---- the reserve

  @Test
  void aConnectionHasTwoSegmentsInReserve() {
    int[][] cases = {{576, RESERVE}, {1500, RESERVE}, {5000, 2 * (4960 + 128)}, {9000, 16 * 1024}};
    for (int[] c : cases) {
      Timeline t = established(PLAIN, c[0]);
      assertThat(charged()).as("MTU %d", c[0]).isEqualTo(c[1]);
      end(t);
    }
  }

  @Test
  void theReserveEndsWithTheConnection() {
    Timeline t = established(PLAIN);
    t.inject("F. 1(10) ack 1").drop();
    t.shutdownOutput().drop();
    t.inject(". 12(0) ack 2").closed(CloseCause.FINISHED);
    assertThat(host.held()).as("only unread data").isEqualTo(t.engine().receiveMemory()).isPositive();
    t.read(10);
    assertThat(host.held()).isZero();
    end(t);
    t = established(PLAIN);
    t.shutdownOutput().drop();
    t.inject("F. 1(0) ack 2").state(TcpState.TIME_WAIT).drop();
    assertThat(host.held()).as("TIME-WAIT").isZero();
    end(t);
    t = established(PLAIN);
    t.inject("P. 1(10) ack 1", ". 21(10) ack 1", "R. 11(0) ack 1").closed(CloseCause.RESET_BY_PEER);
    assertThat(host.held()).as("reset").isEqualTo(t.engine().receiveMemory());
    assertThat(t.engine().receiveMemory()).as("data above the gap is released").isEqualTo(20 + 128);
    t.read(10);
    assertThat(host.held()).isZero();
    end(t);
  }

  @Test
  void receivedDataIsChargedBeyondTheReserve() {
    Timeline t = established(PLAIN);
    t.inject(". 1(1460) ack 1");
    assertThat(charged()).as("covered by the reserve").isEqualTo(RESERVE);
    t.inject(". 1461(1460) ack 1", ". 5841(1460) ack 1");
    assertThat(charged()).isEqualTo(t.engine().receiveMemory()).isEqualTo(3 * (1460 + 128));
    t.discardInput();
    assertThat(charged()).as("data above the gap is kept").isEqualTo(RESERVE);
    assertThat(t.engine().receiveMemory()).isEqualTo(1460 + 128);
    end(t);
    t = established(PLAIN);
    t.inject(". 1(5000) ack 1", ". 5001(1000) ack 1");
    assertThat(charged()).isEqualTo(t.engine().receiveMemory()).isGreaterThan(6000);
    t.read(5000);
    assertThat(charged()).isEqualTo(t.engine().receiveMemory()).isGreaterThan(RESERVE);
    t.read(1000);
    assertThat(charged()).isEqualTo(RESERVE);
    end(t);
  }

  @Test
  void dataOfTheSynIsChargedDuringTheHandshake() {
    Timeline t = Timeline.passive(PLAIN, host, "S 0(1000) <mss 1460>");
    assertThat(host.held()).isEqualTo(1000 + 128);
    t.drop();
    t.inject(". 1001(0) ack 1").read(1000);
    assertThat(charged()).isEqualTo(RESERVE);
    end(t);
  }

  @Test
  void discardedDataOfTheSynCostsNothing() {
    Timeline t = Timeline.passive(PLAIN, host, "S 0(5000) <mss 1460>");
    t.discardInput().drop();
    t.inject(". 5001(0) ack 1").readable(0).expect(". 1(0) ack 5001");
    assertThat(charged()).isEqualTo(RESERVE);
    end(t);
  }

  @Test
  void withoutMemoryDataOfTheSynIsNotKept() {
    others.set(PRESSURE - 1000 - 127);
    Timeline t = Timeline.passive(PLAIN, host, "S 0(1000) <mss 1460>");
    assertThat(t.engine().receiveMemory()).isZero();
    t.expect("S. 0(0) ack 1").inject(". 1(1000) ack 1").read(1000).drop();
    end(t);
  }

  // ---- the window

  @Test
  void aSynPromisesOnlyTheReserve() {
    others.set(PRESSURE);
    Timeline t = Timeline.active(PLAIN, 1500, host).expect("S 0(0) win " + RESERVE);
    end(t);
    others.set(PRESSURE);
    t = Timeline.passive(PLAIN, host, "S 0(0) <mss 1460>").expect("S. 0(0) ack 1 win " + RESERVE);
    end(t);
    others.set(PRESSURE - 1);
    t = Timeline.passive(PLAIN, host, "S 0(0) <mss 1460>").expect("S. 0(0) ack 1 win 65535");
    end(t);
    others.set(PRESSURE);
    t = Timeline.active(Timeline.settings(2048, false, false), 1500, host).expect("S 0(0) win 2048");
    end(t);
  }

  @Test
  void theWindowIsKeptButNotExtendedWithoutMemory() {
    Timeline t = established(PLAIN);
    others.set(LIMIT);
    int edge = 1 + 65_535;
    int at = 1;
    for (; edge - at > 2920; at += 1460) {
      t.inject(". " + at + "(1460) ack 1").read(1460);
      String sent = t.next();
      assertThat(sent == null || sent.contains(" ack " + (at + 1460) + " win " + (edge - at - 1460) + " "))
          .as("%s at %d", sent, at).isTrue();
    }
    // The reserve less the overhead of two buffers.
    t.inject(". " + at + "(1460) ack 1").read(1460);
    at += 1460;
    t.expect(". 1(0) ack " + at + " win " + (RESERVE - 256));
    // Memory is available again: the window opens with the next data.
    others.set(0);
    t.quiet().inject("P. " + at + "(10) ack 1").read(10).expect(". 1(0) ack " + (at + 10) + " win 65535").idle();
    end(t);
  }

  @Test
  void theWindowIsLimitedByTheMemoryOfTheHost() {
    Timeline t = established(Timeline.settings(200_000, true, false));
    // 20,000 octets are available beside the reserve.
    others.set(PRESSURE - RESERVE - SendBuffer.RESERVE - 20_000);
    int at = 1;
    for (; at < 200_001; at += 4000) {
      t.inject(". " + at + "(4000) ack 1").read(4000);
    }
    String[] sent = t.next().split(" ");
    int window = Integer.parseInt(sent[5]) << t.info().options().rcvWscale();
    assertThat(window).isBetween(20_000 + RESERVE - 256 - 4, 20_000 + RESERVE - 256);
    end(t);
  }

  @Test
  void theBufferDoesNotGrowUnderPressure() {
    TcpSettings growing = Timeline.settings(20_000, true, false)
        .withBuffers(buffers -> buffers.withMaxReceiveBuffer(200_000));
    for (boolean pressure : new boolean[] {true, false}) {
      Timeline t = established(growing);
      int at = 1;
      for (int round = 0; round < 5; round++) {
        others.set(pressure ? PRESSURE : 0);
        t.after(40).drop();
        t.after(60).drop();
        for (int n = 0; n < 14; n++, at += 1400) {
          t.inject(". " + at + "(1400) ack 1").read(1400).drop();
        }
      }
      if (pressure) {
        assertThat(t.info().windows().rcvSpace()).isEqualTo(20_000);
      } else {
        assertThat(t.info().windows().rcvSpace()).isGreaterThan(100_000);
      }
      end(t);
    }
  }

  // ---- data without memory

  @Test
  void dataWithoutMemoryIsAcknowledgedAndDropped() {
    Timeline t = established(PLAIN);
    others.set(LIMIT);
    t.inject(". 1(1460) ack 1", ". 1461(1460) ack 1").expect(". 1(0) ack 2921");
    assertThat(t.engine().receiveMemory()).isEqualTo(RESERVE);
    t.inject(". 2921(1460) ack 1").expect(". 1(0) ack 2921 win 62615").quiet().readable(2920);
    t.inject(". 2921(1) ack 1").expect(". 1(0) ack 2921").readable(2920);
    t.read(1460).inject(". 2921(1460) ack 1").read(2920).drop();
    end(t);
  }

  @Test
  void freeSpaceInTheLastChunkIsNotChargedTwice() {
    for (int more = 0; more < 2; more++) {
      Timeline t = established(PLAIN);
      t.inject(". 1(10) ack 1");
      assertThat(t.engine().receiveMemory()).as("a chunk with 246 free octets").isEqualTo(256 + 128);
      others.set(LIMIT);
      int most = 246 + RESERVE - (256 + 128) - 128;
      t.inject(". 11(" + (most + more) + ") ack 1").readable(more == 0 ? 10 + most : 10);
      t.drop();
      end(t);
    }
  }

  @Test
  void dataThatFitsIntoTheLastChunkNeedsNoMemory() {
    Timeline t = established(PLAIN);
    t.inject(". 1(10) ack 1");
    others.set(LIMIT);
    // The data above a gap, which is just as long as the free space of the last chunk, uses up the reserve.
    int above = RESERVE - (256 + 128) - 128;
    t.inject(". 257(" + above + ") ack 1");
    assertThat(t.engine().receiveMemory()).isEqualTo(RESERVE);
    t.inject(". 11(246) ack 1").readable(256 + above).read(256 + above).drop();
    end(t);
  }

  @Test
  void theFinOfDroppedDataIsDroppedWithIt() {
    Timeline t = established(PLAIN);
    others.set(LIMIT);
    t.inject(". 1(1460) ack 1", ". 1461(1460) ack 1", "F. 2921(100) ack 1").state(TcpState.ESTABLISHED);
    t.expect(". 1(0) ack 2921").quiet().read(2920).inject("F. 2921(100) ack 1").state(TcpState.CLOSE_WAIT).read(100);
    end(t);
  }

  @Test
  void discardedDataNeedsNoMemory() {
    Timeline t = established(PLAIN);
    t.inject(". 1(1460) ack 1", ". 1461(1460) ack 1").drop();
    others.set(LIMIT);
    t.discardInput().drop();
    t.inject(". 2921(14600) ack 1").expect(". 1(0) ack 17521 win 48015").readable(0);
    end(t);
  }

  @Test
  void dataNextInLineTakesTheMemoryOfDataAboveAGap() {
    Timeline t = established(SACK);
    others.set(LIMIT);
    t.inject(". 1461(1460) ack 1").expect(". 1(0) ack 1 <sack 1461:2921>");
    t.inject(". 4381(1460) ack 1").expect(". 1(0) ack 1 <sack 4381:5841 1461:2921>");
    // There is no memory for more data above the gap, but SACK still reports the segment (RFC 2018 8).
    t.inject(". 7301(1460) ack 1").expect(". 1(0) ack 1 <sack 7301:8761 4381:5841 1461:2921>").quiet();
    // The furthest range is discarded first.
    t.inject(". 1(1460) ack 1").expect(". 1(0) ack 2921 <>").readable(2920);
    assertThat(t.engine().receiveMemory()).isEqualTo(RESERVE);
    t.read(2920).inject(". 2921(1460) ack 1", ". 4381(1460) ack 1").expect(". 1(0) ack 5841 <>").read(2920);
    end(t);
  }

  @Test
  void aConnectionThatHoldsNothingMayStoreOneSegment() {
    Timeline t = established(PLAIN);
    // A segment that a device has coalesced: with its overhead it needs one octet more than is available.
    others.set(LIMIT - SendBuffer.RESERVE - (9000 + 128) + 1);
    t.inject(". 1(9000) ack 1").expect(". 1(0) ack 1").readable(0);
    others.set(others.octets() - 1);
    t.inject(". 1(9000) ack 1").expect(". 1(0) ack 9001").readable(9000);
    // A connection that holds data has to wait.
    others.set(LIMIT - 20_000);
    t.inject(". 9001(9000) ack 1").expect(". 1(0) ack 9001").readable(9000).read(9000);
    t.drop();
    t.inject(". 9001(9000) ack 1").read(9000).drop();
    end(t);
  }

  @Test
  void dataAboveAGapMayExceedTheCapacityByItsOverhead() {
    // 4096 octets are advertised, and a 32nd part more is allowed for overhead.
    Timeline t = established(Timeline.settings(4096, false, false));
    t.inject(". 2(4095) ack 1").expect(". 1(0) ack 1");
    assertThat(t.engine().receiveMemory()).isEqualTo(4095 + 128);
    t.inject(". 1(1) ack 1").read(4096).drop();
    end(t);
  }

  // ---- sending

  @Test
  void shortageOfMemoryDiffersFromAFullBuffer() {
    Timeline t = established(PLAIN);
    assertThat(t.engine().isShortOfMemory()).isFalse();
    others.set(LIMIT);
    t.write(t.engine().writableBytes());
    assertThat(t.engine().writableBytes()).isZero();
    assertThat(t.engine().isShortOfMemory()).isTrue();
    others.set(0);
    assertThat(t.engine().isShortOfMemory()).isFalse();
    t.engine().sendCapacity(2000);
    assertThat(t.engine().writableBytes()).isZero();
    assertThat(t.engine().isShortOfMemory()).as("the buffer is full").isFalse();
    t.engine().sendCapacity(10_000);
    assertThat(t.engine().writableBytes()).isPositive().isLessThan(10_000);
    t.drop();
    end(t);
  }
}
