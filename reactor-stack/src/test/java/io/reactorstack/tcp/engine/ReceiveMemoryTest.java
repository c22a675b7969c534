package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Memory that the receiver allocates ahead of need for data that the peer may still send, and its limits. */
class ReceiveMemoryTest {

  private static final int OVERHEAD = ByteQueue.BUFFER_OVERHEAD;

  private static Timeline established(int capacity) {
    return Timeline.established(Timeline.settings(capacity, false, false));
  }

  private static void costs(Timeline t, int memory) {
    t.drop();
    assertThat(t.engine().receiveMemory()).isEqualTo(memory);
  }

  @Test
  void aSmallSegmentAllocatesRoomForMore() {
    try (Timeline t = established(65_535)) {
      t.inject(". 1(10) ack 1");
      costs(t, 256 + OVERHEAD);
      t.inject(". 11(246) ack 1");
      costs(t, 256 + OVERHEAD);
      t.inject(". 257(1) ack 1");
      costs(t, 2 * (256 + OVERHEAD));
    }
  }

  @Test
  void roomAheadOfNeedEndsAtTheNextRange() {
    try (Timeline t = established(65_535)) {
      t.inject(". 101(10) ack 1", ". 1(10) ack 1");
      costs(t, 100 + OVERHEAD + 10 + OVERHEAD);
      t.inject(". 11(90) ack 1").read(110);
      costs(t, 0);
    }
  }

  @Test
  void roomAheadOfNeedEndsAtTheWindow() {
    try (Timeline t = established(4096)) {
      t.inject(". 1(3800) ack 1", ". 3801(10) ack 1");
      costs(t, 3800 + OVERHEAD + 296 + OVERHEAD);
      t.inject(". 3811(286) ack 1").readable(4096);
      costs(t, 3800 + OVERHEAD + 296 + OVERHEAD);
      t.read(4096);
    }
  }

  @Test
  void dataThatFillsTheLastChunkIsNotCountedTwice() {
    try (Timeline t = established(65_535)) {
      t.inject(". 1(1000) ack 1", ". 1001(990) ack 1");
      costs(t, 2 * (1000 + OVERHEAD));
      t.inject(". 2051(10) ack 1");
      costs(t, 2 * (1000 + OVERHEAD) + 10 + OVERHEAD);
      // 10 octets fill the second chunk, 10 start a third one that ends at the next range.
      t.inject(". 1991(20) ack 1");
      costs(t, 2 * (1000 + OVERHEAD) + 50 + OVERHEAD + 10 + OVERHEAD);
      t.inject(". 2011(40) ack 1").read(2060);
    }
  }

  @Test
  void aGapTrimsTheRoomOfTheLastChunk() {
    try (Timeline t = established(65_535)) {
      t.inject(". 1(10) ack 1", ". 31(10) ack 1");
      costs(t, 30 + OVERHEAD + 10 + OVERHEAD);
      t.inject(". 11(20) ack 1").read(40);
      costs(t, 0);
    }
  }

  @Test
  void discardedDataCostsNothing() {
    try (Timeline t = established(65_535)) {
      t.inject(". 1(100) ack 1").discardInput();
      costs(t, 0);
      t.inject(". 201(100) ack 1");
      costs(t, 100 + OVERHEAD);
      t.inject(". 101(200) ack 1").expect(". 1(0) ack 301");
      costs(t, 0);
      assertThat(t.info().bytesReceived()).isEqualTo(300);
    }
  }
}
