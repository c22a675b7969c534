package io.reactorstack.tcp.engine;

import io.reactorstack.wire.TcpOptions;
import java.util.ArrayDeque;
import java.util.Arrays;

/** Builds the SACK option of our acknowledgements: data above a gap (RFC 2018) and data received twice (RFC 2883). */
final class SelectiveAcks {

  private static final int PADDING_AND_HEADER_BYTES = 4;
  private static final int BLOCK_BYTES = 8;

  /**
   * A segment that causes an acknowledgement of its own: the octets it brought, or the part that was received before.
   */
  private record Trigger(int start, int end, boolean duplicate) {}

  /** Stands for no triggers; never changed. */
  private static final ArrayDeque<Trigger> NONE = new ArrayDeque<>(0);

  private final boolean permitted;
  private final boolean reportsDuplicates;
  /** One trigger for each acknowledgement owed, oldest first; {@link #NONE} until there is one. */
  private ArrayDeque<Trigger> triggers = NONE;

  /**
   * Creates the SACK state of a connection.
   *
   * @param permitted whether both SYNs carried SACK-permitted (RFC 2018 section 2)
   */
  SelectiveAcks(boolean permitted, boolean reportsDuplicates) {
    this.permitted = permitted;
    this.reportsDuplicates = permitted && reportsDuplicates;
  }

  boolean isPermitted() { return permitted; }

  boolean isReportingDuplicates() {
    return reportsDuplicates;
  }

  /** Notes a segment above a gap that will be acknowledged: it brought the octets from {@code start} to {@code end}. */
  void onOutOfOrder(int start, int end) {
    if (permitted) {
      add(new Trigger(start, end, false));
    }
  }

  /**
   * Notes that the octets from {@code start} to {@code end} were received a second time, which will be acknowledged.
   */
  void onDuplicate(int start, int end) {
    if (reportsDuplicates) {
      add(new Trigger(start, end, true));
    }
  }

  private void add(Trigger trigger) {
    if (triggers.isEmpty()) {
      triggers = new ArrayDeque<>(2);
    } else if (triggers.size() == AckPolicy.MAX_DUPLICATES) {
      triggers.removeFirst();
    }
    triggers.addLast(trigger);
  }

  boolean isTriggered() {
    return !triggers.isEmpty();
  }

  /**
   * Drops all triggers because RCV.NXT has advanced. RFC 2883 4 (1): a duplicate is reported only for the most recent
   * segment.
   */
  void onAdvanced() {
    if (!triggers.isEmpty()) {
      triggers.clear();
    }
  }

  /**
   * The bytes of the option in the next segment, which may also carry timestamps.
   *
   * @param reassembly the data above a gap
   */
  int optionBytes(boolean timestamps, Reassembly reassembly) {
    if (!permitted || triggers.isEmpty() && reassembly.isEmpty()) {
      return 0;
    }
    Trigger trigger = triggers.peekFirst();
    int blocks = reassembly.ranges() + (trigger != null && isBeside(trigger, reassembly) ? 1 : 0);
    return PADDING_AND_HEADER_BYTES + BLOCK_BYTES * Math.min(blocks, room(timestamps));
  }

  /**
   * Returns whether {@code trigger} needs a block of its own. RFC 2883 4: a duplicate always does. RFC 2018 8: the
   * newest segment is reported even if it was dropped.
   */
  private static boolean isBeside(Trigger trigger, Reassembly reassembly) {
    return trigger.duplicate || !reassembly.holds(trigger.start, trigger.end);
  }

  private static int room(boolean timestamps) {
    int bytes = TcpOptions.MAX_BYTES - (timestamps ? Timestamps.OPTION_BYTES : 0) - PADDING_AND_HEADER_BYTES;
    return bytes / BLOCK_BYTES;
  }

  /**
   * Returns {@code options} with the SACK blocks for the next segment.
   *
   * @param reassembly the data above a gap
   */
  TcpOptions addTo(TcpOptions options, Reassembly reassembly) {
    // RFC 2883 4 (2): a duplicate is reported once, even if the acknowledgement is lost.
    Trigger trigger = triggers.pollFirst();
    if (!permitted || trigger == null && reassembly.isEmpty()) {
      return options;
    }
    int[] edges = new int[2 * room(options.hasTimestamps())];
    int n = 0;
    if (trigger != null && isBeside(trigger, reassembly)) {
      edges[n++] = trigger.start;
      edges[n++] = trigger.end;
    }
    // Without a trigger no range is the newest: use a number that no range holds.
    int newest = trigger == null ? reassembly.end() : trigger.start;
    n = reassembly.blocks(newest, edges, n);
    return options.withSackBlocks(n == edges.length ? edges : Arrays.copyOf(edges, n));
  }
}
