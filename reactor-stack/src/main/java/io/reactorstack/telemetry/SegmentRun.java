package io.reactorstack.telemetry;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;

/**
 * Consecutive segments of one connection that only carry data and acknowledgements: the first ones are shown one by
 * one, the others as a summary.
 */
final class SegmentRun {

  /** If a run has at most this many segments, all are shown one by one. */
  private static final int FEW = 6;

  /** The number of segments shown one by one if a run is longer. */
  private static final int FIRST = 2;

  private static final class Tally {
    private long segments;
    private long bytes;
    private long acks;
  }

  private final List<Step> few = new ArrayList<>();
  private final Tally there = new Tally();
  private final Tally back = new Tally();
  private final String from;
  private final String to;
  private long count;
  private long foldedFrom;
  private long last;
  private long retransmissions;
  private long duplicateAcks;
  private long outOfOrder;

  /** Creates a run of the connection that {@code from} opened to {@code to}. */
  SegmentRun(String from, String to) {
    this.from = from;
    this.to = to;
  }

  void add(Step step, TcpTrail.Telling telling) {
    count++;
    last = step.nanos();
    if (count <= FEW) {
      few.add(step);
    }
    if (count <= FIRST) {
      return;
    }
    if (count == FIRST + 1) {
      foldedFrom = step.nanos();
    }
    Tally tally = telling.fromOpener() ? there : back;
    if (telling.bytes() > 0) {
      tally.segments++;
      tally.bytes += telling.bytes();
    } else {
      tally.acks++;
    }
    switch (telling.mark()) {
      case RETRANSMISSION -> retransmissions++;
      case DUPLICATE_ACK -> duplicateAcks++;
      case OUT_OF_ORDER -> outOfOrder++;
      default -> {}
    }
  }

  /**
   * Returns the steps to draw.
   *
   * @param arrow returns the arrow from its first to its second party, in the direction that it has in the diagram
   */
  List<Step> steps(BinaryOperator<String> arrow) {
    if (count <= FEW) {
      return few;
    }
    List<Step> told = new ArrayList<>(few.subList(0, FIRST));
    told.add(new Step(foldedFrom, few.get(FIRST).number(), from, to, summary(arrow), true));
    return told;
  }

  private String summary(BinaryOperator<String> arrow) {
    List<String> parts = new ArrayList<>();
    tell(parts, there, arrow.apply(from, to));
    tell(parts, back, arrow.apply(to, from));
    tell(parts, retransmissions, "retransmitted");
    tell(parts, outOfOrder, "out of order");
    tell(parts, duplicateAcks, duplicateAcks == 1 ? "duplicate ack" : "duplicate acks");
    return "… " + String.join(", ", parts) + " in " + Texts.millis(last - foldedFrom);
  }

  private static void tell(List<String> parts, Tally tally, String arrow) {
    if (tally.segments > 0) {
      parts.add(
          tally.segments + (tally.segments == 1 ? " segment " : " segments ") + Texts.bytes(tally.bytes) + " " + arrow);
    }
    if (tally.acks > 0) {
      parts.add(tally.acks + (tally.acks == 1 ? " ack " : " acks ") + arrow);
    }
  }

  private static void tell(List<String> parts, long n, String what) {
    if (n > 0) {
      parts.add(n + " " + what);
    }
  }
}
