package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.util.concurrent.TimeUnit;

/**
 * The narrowest place of a direction: its rate, and how much may wait; immutable, each method returns a changed copy.
 *
 * @param bitsPerSecond rate, to 10<sup>12</sup>; 0 if there is none
 * @param queueBytes bytes that wait for it, the frame in service included; what does not fit is dropped
 * @param limit frames that may be under way at all, waiting and delayed ones; 0 for no limit (netem's {@code limit})
 * @param framing what a frame is longer on this link
 */
public record Bottleneck(long bitsPerSecond, int queueBytes, int limit, Framing framing) {

  /** Queue if nothing else is said, in bytes. */
  public static final int DEFAULT_QUEUE = 256 * 1024;

  /** Fastest rate in bits a second: a terabit. */
  private static final long MAX_RATE = 1_000_000_000_000L;

  private static final int MAX_OVERHEAD = 65_535;

  /** More than any frame with its cells can be meant to have; its bits, times 10<sup>9</sup>, fit a {@code long}. */
  private static final long LONGEST_FRAME = 1_000_000_000;

  /** No bottleneck. */
  public static final Bottleneck NONE = new Bottleneck(0, DEFAULT_QUEUE, 0, Framing.NONE);

  /**
   * The octets that the link adds to each frame, as netem's {@code rate} has it.
   *
   * @param packetOverhead bytes that a frame is longer, or shorter if negative; -65535 to 65535
   * @param cellSize bytes of the cells into which a frame is cut, the last one filled up; 0 if it is not
   * @param cellOverhead bytes that a cell is longer, or shorter if negative; -65535 to 65535
   */
  public record Framing(int packetOverhead, int cellSize, int cellOverhead) {

    /** A frame is as long as it is. */
    public static final Framing NONE = new Framing(0, 0, 0);

    /** Checks the ranges. */
    public Framing {
      Checks.range("rate packetOverhead", packetOverhead, -MAX_OVERHEAD, MAX_OVERHEAD, "bytes");
      Checks.range("rate cellSize", cellSize, 0, MAX_OVERHEAD, "bytes, 0 for no cells");
      Checks.range("rate cellOverhead", cellOverhead, -MAX_OVERHEAD, MAX_OVERHEAD, "bytes");
    }

    /** Bytes that a frame of {@code bytes} takes on the link. */
    long lengthOf(int bytes) {
      long length = Math.max(0, (long) bytes + packetOverhead);
      long cut = cellSize == 0 ? length : Math.ceilDiv(length, cellSize) * (cellSize + (long) cellOverhead);
      return Math.clamp(cut, 0, LONGEST_FRAME);
    }

    @Override
    public String toString() {
      return this.equals(NONE) ? "" : " " + packetOverhead + " " + cellSize + " " + cellOverhead;
    }
  }

  /** Checks the ranges. */
  public Bottleneck {
    Checks.range("rate", bitsPerSecond, 0, MAX_RATE, "bit/s, 0 for no bottleneck (bitsPerSecond)");
    Checks.range("queue", queueBytes, 0, Integer.MAX_VALUE, "bytes (queueBytes)");
    Checks.range("limit", limit, 0, Integer.MAX_VALUE, "frames, 0 for no limit");
    Checks.given("framing", framing);
  }

  /** This bottleneck with a rate of {@code bits} per second; 0 for none. */
  public Bottleneck rate(long bits) {
    return new Bottleneck(bits, queueBytes, limit, framing);
  }

  /** This bottleneck, for which {@code bytes} may wait. */
  public Bottleneck queue(int bytes) {
    return new Bottleneck(bitsPerSecond, bytes, limit, framing);
  }

  /** This bottleneck, with at most {@code frames} under way, waiting and delayed ones together; 0 for no limit. */
  public Bottleneck limit(int frames) {
    return new Bottleneck(bitsPerSecond, queueBytes, frames, framing);
  }

  /** This bottleneck, on a link that adds these octets to each frame. */
  public Bottleneck framing(Framing added) {
    return new Bottleneck(bitsPerSecond, queueBytes, limit, added);
  }

  /** How long a frame of {@code bytes} is served, in nanoseconds. */
  long serviceNanos(int bytes) {
    return Math.ceilDiv(framing.lengthOf(bytes) * 8L * TimeUnit.SECONDS.toNanos(1), bitsPerSecond);
  }
}
