package io.reactorstack.tcp.recovery;

/** Three duplicate acknowledgements mean a loss (RFC 5681 section 3.2). */
public final class DuplicateAckDetection implements LossDetection {

  private static final int THRESHOLD = 3;

  private int duplicates;

  @Override
  public boolean onDuplicateAck() {
    if (duplicates > THRESHOLD) {
      return false;
    }
    duplicates++;
    return duplicates == THRESHOLD;
  }

  @Override
  public void onProgress() {
    duplicates = 0;
  }

  @Override
  public int extraSegments() {
    return Math.min(duplicates, THRESHOLD - 1);
  }
}
