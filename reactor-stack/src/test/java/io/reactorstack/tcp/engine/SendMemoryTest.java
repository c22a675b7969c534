package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.tcp.model.TcpSettings;
import org.junit.jupiter.api.Test;

/**
 * The memory of a connection's output on a host whose memory is used by others: the reserve, the charge for
 * unacknowledged data, and the space left for the user.
 */
class SendMemoryTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN;
  private static final long LIMIT = HostMemory.MIN_LIMIT;
  private static final int OVERHEAD = HostMemory.BUFFER_OVERHEAD;

  private final HostMemory host = new HostMemory(new CountingAllocator(), LIMIT);
  private final HostMemory.Holding others = host.open();

  private Timeline established(TcpSettings settings) {
    return Timeline.active(settings, 1500, host).handshake("mss 1460");
  }

  private static TcpSettings capacity(int bytes) {
    return PLAIN.withBuffers(buffers -> buffers.withSendBuffer(bytes).withMaxSendBuffer(bytes));
  }

  /** The octets that the connection is charged for its output; it receives nothing. */
  private long charged() {
    return host.held() - others.octets() - Receiver.MIN_RESERVE;
  }

  private void end(Timeline t) {
    others.close();
    t.close();
  }

  // ---- the reserve

  @Test
  void aConnectionCanAlwaysSendFourKibibytes() {
    Timeline t = established(PLAIN);
    assertThat(charged()).isEqualTo(4096 + OVERHEAD);
    others.set(LIMIT);
    assertThat(t.engine().writableBytes()).isEqualTo(4096);
    assertThat(t.engine().isShortOfMemory()).isFalse();
    t.write(4096);
    assertThat(t.engine().writableBytes()).isZero();
    assertThat(charged()).as("covered by the reserve").isEqualTo(4096 + OVERHEAD);
    // Acknowledged data makes room again.
    t.drop();
    t.inject(". 1(0) ack 4097");
    assertThat(t.engine().writableBytes()).isEqualTo(4096);
    end(t);
  }

  @Test
  void theReserveSufficesForSmallWrites() {
    Timeline t = established(PLAIN);
    others.set(LIMIT);
    t.write(1);
    // The free part of the first chunk, and the remaining reserve less the overhead of another buffer.
    assertThat(t.engine().writableBytes()).isEqualTo(255 + 4096 - 256 - OVERHEAD);
    t.write(t.engine().writableBytes());
    assertThat(t.engine().writableBytes()).isZero();
    assertThat(charged()).isEqualTo(4096 + OVERHEAD);
    end(t);
  }

  @Test
  void aConnectionWithNothingMoreToSendHasNoReserve() {
    Timeline t = Timeline.active(PLAIN, 1500, host).shutdownOutput();
    t.drop();
    t.at(100).inject("S. 0(0) ack 1 <mss 1460>").expect("F. 1(0) ack 1");
    assertThat(charged()).isZero();
    end(t);
    t = Timeline.active(PLAIN, 1500, host).write(10).shutdownOutput();
    t.drop();
    t.at(100).inject("S. 0(0) ack 1 <mss 1460>").expect("FP. 1(10) ack 1");
    assertThat(charged()).as("data written before is still to be sent").isEqualTo(4096 + OVERHEAD);
    end(t);
  }

  // ---- short of memory, or full

  @Test
  void aConnectionIsShortOfMemoryOnlyIfTheHostIs() {
    Timeline t = established(capacity(20_000));
    assertThat(t.engine().isShortOfMemory()).isFalse();
    others.set(LIMIT);
    t.write(4096);
    assertThat(t.engine().isShortOfMemory()).isTrue();
    assertThat(t.engine().writableBytes()).isZero();
    // Memory is available again.
    others.set(0);
    assertThat(t.engine().isShortOfMemory()).isFalse();
    assertThat(t.engine().writableBytes()).isEqualTo(20_000 - 4096);
    // A full buffer waits for the peer, not for memory.
    t.write(20_000 - 4096);
    others.set(LIMIT);
    assertThat(t.engine().isShortOfMemory()).isFalse();
    end(t);
    // After shutdownOutput the connection needs no more memory.
    t = established(PLAIN);
    others.set(LIMIT);
    t.write(4096).shutdownOutput();
    assertThat(t.engine().isShortOfMemory()).isFalse();
    end(t);
  }

  @Test
  void waitingForMemoryCountsAsLimitedByTheSendBuffer() {
    for (boolean scarce : new boolean[] {true, false}) {
      Timeline t = established(PLAIN);
      others.set(scarce ? LIMIT : 0);
      t.write(4096).drop();
      t.at(300).inject(". 1(0) ack 4097").drop();
      assertThat(t.info().limits().sndbufLimited().toMillis()).isEqualTo(scarce ? 200 : 0);
      assertThat(t.info().limits().busy().toMillis()).isEqualTo(200);
      end(t);
    }
  }

  @Test
  void underPressureWritesAreLimitedToTheReserve() {
    Timeline t = established(PLAIN);
    // 1000 octets are available beside the reserves.
    others.set(LIMIT / 4 * 3 - host.held() - 1000);
    int taken = 0;
    for (int n = t.engine().writableBytes(); n > 0; n = t.engine().writableBytes()) {
      t.write(Math.min(100, n));
      taken += Math.min(100, n);
      assertThat(host.held()).isLessThanOrEqualTo(LIMIT / 4 * 3);
    }
    assertThat(taken).isGreaterThan(4096);
    assertThat(t.engine().isShortOfMemory()).isTrue();
    end(t);
  }

  // ---- what data costs

  @Test
  void smallWritesCostNoMoreThanTheCapacity() {
    Timeline t = established(capacity(10_240));
    long before = t.memory.liveBytes();
    for (int i = 0; i < 80; i++) {
      t.write(128);
    }
    assertThat(t.memory.liveBytes() - before).isEqualTo(10_240);
    // Each chunk is as large as all before it: 256, 256, 512, 1024, 2048, 4096 and the remaining octets.
    assertThat(charged()).isEqualTo(10_240 + 7 * OVERHEAD);
    end(t);
  }

  @Test
  void largeWritesAreKeptWithoutACopy() {
    Timeline t = established(PLAIN);
    ByteBuf data = t.memory.buffer(30_000).writeZero(30_000);
    assertThat(t.engine().write(data, 0)).isEqualTo(30_000);
    assertThat(data.refCnt()).as("held by the connection too").isEqualTo(2);
    data.release();
    assertThat(charged()).isEqualTo(30_000 + OVERHEAD);
    end(t);
  }

  @Test
  void aSmallWriteDoesNotHoldTheUsersBuffer() {
    Timeline t = established(PLAIN);
    ByteBuf data = t.memory.buffer(1000).writeZero(1000);
    t.engine().write(data, 0);
    assertThat(data.refCnt()).isOne();
    data.release();
    end(t);
  }

  @Test
  void aPartOfALargeBufferDoesNotHoldTheWhole() {
    Timeline t = established(capacity(20_000));
    ByteBuf data = t.memory.buffer(60_000).writeZero(60_000);
    assertThat(t.engine().write(data, 0)).isEqualTo(20_000);
    assertThat(data.refCnt()).isOne();
    assertThat(charged()).isEqualTo(20_000 + OVERHEAD);
    data.release();
    end(t);
    // If the accepted part is the larger part, the buffer is kept.
    t = established(capacity(20_000));
    data = t.memory.buffer(30_000).writeZero(30_000);
    assertThat(t.engine().write(data, 0)).isEqualTo(20_000);
    assertThat(data.refCnt()).isEqualTo(2);
    assertThat(charged()).isEqualTo(30_000 + OVERHEAD);
    data.release();
    end(t);
    // The host has memory only for a copy of the part.
    t = established(capacity(20_000));
    others.set(LIMIT / 4 * 3 - host.held() - 18_000);
    data = t.memory.buffer(30_000).writeZero(30_000);
    assertThat(t.engine().write(data, 0)).isEqualTo(20_000);
    assertThat(data.refCnt()).isOne();
    assertThat(charged()).isEqualTo(20_000 + OVERHEAD);
    data.release();
    end(t);
  }

  @Test
  void acknowledgedDataReleasesItsMemory() {
    Timeline t = established(PLAIN);
    t.write(8192).drop();
    assertThat(charged()).isEqualTo(8192 + OVERHEAD);
    t.inject(". 1(0) ack 4097");
    assertThat(charged()).as("a buffer is held as a whole").isEqualTo(8192 + OVERHEAD);
    // A few remaining octets do not keep the buffer alive.
    long before = t.memory.liveBytes();
    t.inject(". 1(0) ack 8093");
    assertThat(before - t.memory.liveBytes()).isEqualTo(8192 - 100);
    assertThat(charged()).isEqualTo(4096 + OVERHEAD);
    t.drop();
    t.jump().expect("P. 8093(100)");
    t.inject(". 1(0) ack 8193");
    assertThat(t.memory.liveBytes()).isEqualTo(before - 8192);
    end(t);
  }

  // ---- capacity

  @Test
  void theBufferHasRoomForTwoFullSegments() {
    TcpSettings small = PLAIN.withBuffers(buffers -> buffers.withSendBuffer(2048).withMaxSendBuffer(10_000));
    Timeline t = established(small);
    assertThat(t.engine().writableBytes()).isEqualTo(2 * 1460);
    end(t);
    t = established(small.withBuffers(buffers -> buffers.withMaxSendBuffer(2048)));
    assertThat(t.engine().writableBytes()).as("unless the user wants less").isEqualTo(2048);
    end(t);
  }

  @Test
  void aCapacitySetByTheUserDoesNotGrow() {
    Timeline t = established(PLAIN.withBuffers(buffers -> buffers.withSendBuffer(20_000).withMaxSendBuffer(100_000)));
    t.write(10_000);
    t.engine().sendCapacity(8000);
    assertThat(t.engine().writableBytes()).isZero();
    t.drop();
    t.after(100).inject(". 1(0) ack 10001");
    assertThat(t.engine().writableBytes()).isEqualTo(8000);
    t.engine().sendCapacity(50_000);
    assertThat(t.engine().writableBytes()).isEqualTo(50_000);
    assertThat(t.engine().writtenBytes()).isEqualTo(10_000);
    end(t);
  }
}
