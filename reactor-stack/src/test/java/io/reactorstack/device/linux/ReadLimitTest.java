package io.reactorstack.device.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadLimitTest {

  private final ReadLimit limit = new ReadLimit(64);

  private List<Integer> batchesOfOne(int batches) {
    List<Integer> limits = new ArrayList<>();
    for (int i = 0; i < batches; i++) {
      limits.add(limit.frames());
      limit.took(1);
    }
    return limits;
  }

  @Test
  void fewBatchesOfOneFrameLookForMore() {
    assertThat(batchesOfOne(5)).containsOnly(64);
    limit.took(2);
    assertThat(batchesOfOne(5)).containsOnly(64);
  }

  @Test
  void manyBatchesOfOneFrameEndAfterIt() {
    batchesOfOne(5);
    for (int round = 0; round < 3; round++) {
      assertThat(batchesOfOne(8)).containsOnly(1);
      assertThat(batchesOfOne(1)).containsOnly(64);
    }
  }

  @Test
  void framesThatComeTogetherMakeBatchesLongAgain() {
    batchesOfOne(13);
    assertThat(limit.frames()).isEqualTo(64);
    limit.took(2);
    assertThat(batchesOfOne(5)).containsOnly(64);
  }

  @Test
  void aBatchWithoutAFrameMakesBatchesLongAgain() {
    batchesOfOne(6);
    limit.took(0);
    assertThat(limit.frames()).isEqualTo(64);
  }
}
