package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.util.concurrent.TimeUnit;

/**
 * The bottleneck of a direction: its rate and its queue. Immutable; each method returns a changed copy.
 *
 * @param bitsPerSecond the rate, up to 10<sup>12</sup>; 0 for no bottleneck
 * @param queueBytes capacity of the queue in bytes, including the frame in service; frames that exceed it are dropped
 * @param limit maximum number of frames in transit, both queued and delayed; 0 for no limit (netem's {@code limit})
 * @param framing the octets that the link adds to each frame
 */
public record Bottleneck(long bitsPerSecond, int queueBytes, int limit, Framing framing) {

  /** Default capacity of the queue, in bytes. */
  public static final int DEFAULT_QUEUE = 256 * 1024;

  /** The highest rate: 1 Tbit/s. */
  private static final long MAX_RATE = 1_000_000_000_000L;

  private static final int MAX_OVERHEAD = 65_535;

  /**
   * Upper limit of a frame's length with its cells, in bytes: its bits times 10<sup>9</sup> still fit a {@code long}.
   */
  private static final long LONGEST_FRAME = 1_000_000_000;

  /** No bottleneck. */
  public static final Bottleneck NONE = new Bottleneck(0, DEFAULT_QUEUE, 0, Framing.NONE);

  /**
   * The octets that the link adds to each frame, as in netem's {@code rate}.
   *
   * @param packetOverhead bytes added to a frame, or removed if negative; -65535 to 65535
   * @param cellSize bytes of the cells that a frame is split into, the last one padded; 0 for no cells
   * @param cellOverhead bytes added to each cell, or removed if negative; -65535 to 65535
   */
  public record Framing(int packetOverhead, int cellSize, int cellOverhead) {

    /** The link adds nothing to a frame. */
    public static final Framing NONE = new Framing(0, 0, 0);

    /** Checks the ranges. */
    public Framing {
      Checks.range("rate packetOverhead", packetOverhead, -MAX_OVERHEAD, MAX_OVERHEAD, "bytes");
      Checks.range("rate cellSize", cellSize, 0, MAX_OVERHEAD, "bytes, 0 for no cells");
      Checks.range("rate cellOverhead", cellOverhead, -MAX_OVERHEAD, MAX_OVERHEAD, "bytes");
    }

    /** Returns the number of bytes that a frame of {@code bytes} occupies on the link. */
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

  /** Returns a copy with a rate of {@code bits} per second; 0 for no bottleneck. */
  public Bottleneck rate(long bits) {
    return new Bottleneck(bits, queueBytes, limit, framing);
  }

  /** Returns a copy with a queue of {@code bytes}. */
  public Bottleneck queue(int bytes) {
    return new Bottleneck(bitsPerSecond, bytes, limit, framing);
  }

  /** Returns a copy with at most {@code frames} in transit, both queued and delayed; 0 for no limit. */
  public Bottleneck limit(int frames) {
    return new Bottleneck(bitsPerSecond, queueBytes, frames, framing);
  }

  /** Returns a copy for a link that adds these octets to each frame. */
  public Bottleneck framing(Framing added) {
    return new Bottleneck(bitsPerSecond, queueBytes, limit, added);
  }

  /** Returns the time that the bottleneck needs to send a frame of {@code bytes}, in nanoseconds. */
  long serviceNanos(int bytes) {
    return Math.ceilDiv(framing.lengthOf(bytes) * 8L * TimeUnit.SECONDS.toNanos(1), bitsPerSecond);
  }
}
