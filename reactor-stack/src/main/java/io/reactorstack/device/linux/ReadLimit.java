package io.reactorstack.device.linux;

/**
 * The most frames that a device reads before the loop waits for it again.
 *
 * <p>A read that finds nothing costs a system call. When frames come one at a time, as in an exchange of requests and
 * responses, every batch would end with such a read. So after a few batches of one frame a batch ends after its first
 * frame, and only one batch in some looks for more: if frames come together again, batches are long again.
 */
final class ReadLimit {

  /** The number of batches of one frame after which the next ones end after one frame. */
  static final int PATIENCE = 4;

  /** The number of batches that end after one frame before one looks for more. */
  static final int SHORT_BATCHES = 8;

  private final int longest;
  /** The batches of one frame since the last longer one, or since the last one that looked for more. */
  private int singles;

  /** Creates the limit of a device that reads at most {@code longest} frames in one batch. */
  ReadLimit(int longest) {
    this.longest = longest;
  }

  /** Returns the most frames that the next batch may have. */
  int frames() {
    return singles > PATIENCE ? 1 : longest;
  }

  /** Records the number of frames in the batch. */
  void took(int frames) {
    if (frames != 1) {
      singles = 0;
    } else {
      singles = singles < PATIENCE + SHORT_BATCHES ? singles + 1 : PATIENCE;
    }
  }
}
