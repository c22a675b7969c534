package io.reactorstack.telemetry;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Follows one TCP connection as an observer: computes relative sequence numbers and scaled windows, and classifies each
 * segment by those seen before it.
 */
final class TcpTrail {

  /** The classification of a segment by the segments seen before it. */
  enum Mark {
    /** Nothing special. */
    NONE(""),
    /** The bytes were seen before. */
    RETRANSMISSION("retransmission"),
    /** The bytes precede bytes that were seen before them. */
    OUT_OF_ORDER("out of order"),
    /** Bytes before these were not seen. */
    AFTER_GAP("after a gap"),
    /** Repeats the last acknowledgement while data is outstanding. */
    DUPLICATE_ACK("duplicate ack"),
    /** The sender of the segment advertises a zero window. */
    ZERO_WINDOW("zero window"),
    /** Bytes sent to a receiver that has advertised a zero window. */
    WINDOW_PROBE("window probe"),
    /** The first non-zero window after a zero window. */
    WINDOW_OPEN("window opens");

    private final String text;

    Mark(String text) {
      this.text = text;
    }
  }

  /**
   * The result for one segment.
   *
   * @param text the header in words
   * @param mark the classification
   * @param bytes payload octets
   * @param fromOpener whether the side that opened the connection sent it
   * @param plain whether it only carries data or acknowledges, and may be part of a summary
   */
  record Telling(String text, Mark mark, int bytes, boolean fromOpener, boolean plain) {}

  /** The maximum number of missing ranges remembered; beyond it the oldest count as seen. */
  private static final int MAX_GAPS = 256;

  private static final int NO_SCALE = -1;

  /** The number of duplicate acknowledgements after which a sender retransmits (RFC 5681 section 3.2). */
  private static final int FAST_RETRANSMIT = 3;

  private record Gap(int from, int to) {}

  /** The observed state of one side as a sender. */
  private static final class Side {
    private final List<Gap> gaps = new ArrayList<>();
    private boolean sent;
    private boolean hasOrigin;
    private int origin;
    private int end;
    private boolean acked;
    private int ack;
    private int windowField;
    private boolean closedWindow;
    private int duplicates;
    private int scale = NO_SCALE;
  }

  private final int number;
  private final Side opener = new Side();
  private final Side other = new Side();
  private SegmentRun run;
  private final String from;
  private final String to;

  TcpTrail(int number, String from, String to) {
    this.number = number;
    this.from = from;
    this.to = to;
    this.run = new SegmentRun(from, to);
  }

  /** The current run, to which plain segments are added. */
  SegmentRun run() {
    return run;
  }

  /** Ends the run and returns a new one; a segment that is not plain has been shown in between. */
  SegmentRun nextRun() {
    run = new SegmentRun(from, to);
    return run;
  }

  /** Returns whether {@code segment} opens another connection between the same endpoints. */
  boolean isOver(TcpSegment segment, boolean fromOpener) {
    Side side = fromOpener ? opener : other;
    return segment.has(TcpSegment.SYN) && side.sent && segment.seq() != side.origin;
  }

  Telling tell(TcpSegment segment, boolean fromOpener) {
    Side sender = fromOpener ? opener : other;
    Side receiver = fromOpener ? other : opener;
    boolean syn = segment.has(TcpSegment.SYN);
    if (!sender.hasOrigin) {
      // Relative numbers count from the SYN. If the trace begins later, the first octet seen is number 1.
      origin(sender, syn ? segment.seq() : segment.seq() - 1);
    }
    if (segment.has(TcpSegment.ACK) && !receiver.hasOrigin) {
      origin(receiver, segment.ack() - 1);
    }
    if (syn && segment.options().hasWindowScale()) {
      sender.scale = Math.min(segment.options().windowScale(), TcpOptions.MAX_WINDOW_SCALE);
    }
    Mark mark = mark(segment, sender, receiver);
    String text = text(segment, sender, receiver, mark);
    remember(segment, sender);
    boolean plain = !segment.has(TcpSegment.SYN | TcpSegment.FIN | TcpSegment.RST | TcpSegment.URG)
        && mark != Mark.ZERO_WINDOW && mark != Mark.WINDOW_PROBE && mark != Mark.WINDOW_OPEN;
    return new Telling(text, mark, segment.payloadLength(), fromOpener, plain);
  }

  private static void origin(Side side, int seq) {
    side.hasOrigin = true;
    side.origin = seq;
    side.end = seq + 1;
  }

  private static Mark mark(TcpSegment segment, Side sender, Side receiver) {
    if (segment.has(TcpSegment.RST)) {
      return Mark.NONE;
    }
    boolean zero = segment.window() == 0 && !segment.has(TcpSegment.SYN);
    if (zero) {
      return Mark.ZERO_WINDOW;
    }
    if (!zero && sender.closedWindow) {
      return Mark.WINDOW_OPEN;
    }
    if (segment.sequenceLength() > 0 && sender.sent) {
      return markOfData(segment, sender, receiver);
    }
    boolean again = segment.sequenceLength() == 0 && sender.acked && segment.ack() == sender.ack
        && segment.window() == sender.windowField && SequenceNumber.after(receiver.end, segment.ack());
    return again ? Mark.DUPLICATE_ACK : Mark.NONE;
  }

  private static Mark markOfData(TcpSegment segment, Side sender, Side receiver) {
    if (receiver.closedWindow) {
      return Mark.WINDOW_PROBE;
    }
    if (SequenceNumber.after(segment.seq(), sender.end)) {
      return Mark.AFTER_GAP;
    }
    if (!SequenceNumber.before(segment.seq(), sender.end)) {
      return Mark.NONE;
    }
    boolean fillsGap = sender.gaps.stream()
        .anyMatch(gap -> SequenceNumber.before(segment.seq(), gap.to) && SequenceNumber.after(segment.end(), gap.from));
    // If the segment was lost before the observation point, only the receiver's duplicate acknowledgements distinguish
    // a retransmission from a reordered segment.
    return fillsGap && receiver.duplicates < FAST_RETRANSMIT ? Mark.OUT_OF_ORDER : Mark.RETRANSMISSION;
  }

  private static void remember(TcpSegment segment, Side sender) {
    if (segment.has(TcpSegment.RST)) {
      return;
    }
    if (segment.sequenceLength() > 0) {
      int expected = sender.end;
      if (SequenceNumber.after(segment.seq(), expected) && sender.sent) {
        sender.gaps.add(new Gap(expected, segment.seq()));
      } else if (SequenceNumber.before(segment.seq(), expected)) {
        fill(sender.gaps, segment.seq(), segment.end());
      }
      if (sender.gaps.size() > MAX_GAPS) {
        sender.gaps.removeFirst();
      }
      sender.end = sender.sent ? SequenceNumber.later(expected, segment.end()) : segment.end();
    }
    boolean again = sender.acked && segment.has(TcpSegment.ACK) && segment.ack() == sender.ack
        && segment.sequenceLength() == 0;
    sender.duplicates = again ? sender.duplicates + 1 : 0;
    sender.sent = true;
    sender.acked |= segment.has(TcpSegment.ACK);
    sender.ack = segment.ack();
    sender.windowField = segment.window();
    sender.closedWindow = segment.window() == 0 && !segment.has(TcpSegment.SYN);
  }

  private static void fill(List<Gap> gaps, int from, int to) {
    List<Gap> left = new ArrayList<>();
    for (Gap gap : gaps) {
      if (SequenceNumber.beforeOrAt(to, gap.from) || SequenceNumber.afterOrAt(from, gap.to)) {
        left.add(gap);
        continue;
      }
      if (SequenceNumber.after(from, gap.from)) {
        left.add(new Gap(gap.from, from));
      }
      if (SequenceNumber.before(to, gap.to)) {
        left.add(new Gap(to, gap.to));
      }
    }
    gaps.clear();
    gaps.addAll(left);
  }

  private String text(TcpSegment segment, Side sender, Side receiver, Mark mark) {
    StringBuilder text = new StringBuilder("TCP#").append(number).append(' ').append(words(segment));
    int bytes = segment.payloadLength();
    if (bytes > 0) {
      text.append(' ').append(bytes).append(" B");
    }
    if (segment.has(TcpSegment.SYN)) {
      text.append(' ').append(segment.flow().remotePort()).append('>').append(segment.flow().localPort());
    }
    if (segment.sequenceLength() > 0 || segment.has(TcpSegment.RST)) {
      text.append(" seq=").append(relative(segment.seq(), sender));
    }
    if (segment.has(TcpSegment.ACK)) {
      text.append(" ack=").append(relative(segment.ack(), receiver));
    }
    text.append(" win=").append(window(segment, sender, receiver));
    TcpOptions options = shown(segment);
    if (!options.equals(TcpOptions.NONE)) {
      text.append(' ').append(options.summary());
    }
    if (mark != Mark.NONE) {
      text.append(" [").append(mark.text);
      if (mark == Mark.DUPLICATE_ACK) {
        text.append(' ').append(sender.duplicates + 1);
      }
      text.append(']');
    }
    return text.toString();
  }

  private static String words(TcpSegment segment) {
    List<String> words = new ArrayList<>();
    String[] names = {"FIN", "SYN", "RST", "", "ACK", "URG", "ECE", "CWR"};
    for (int bit : new int[] {1, 0, 2, 5, 6, 7}) {
      if (segment.has(1 << bit)) {
        words.add(names[bit]);
      }
    }
    boolean data = segment.payload().isReadable();
    if (segment.has(TcpSegment.ACK) && (words.isEmpty() ? !data : segment.has(TcpSegment.SYN))) {
      words.add("ACK");
    }
    if (data) {
      words.add("data");
    }
    return words.isEmpty() ? "no flags" : String.join(" ", words);
  }

  private static String relative(int seq, Side side) {
    return Integer.toUnsignedString(seq - side.origin);
  }

  /**
   * Returns the window in bytes. RFC 7323 2.2: the window field of a SYN is never scaled; others are if both sides
   * offered a scale.
   */
  private static long window(TcpSegment segment, Side sender, Side receiver) {
    boolean scaled = !segment.has(TcpSegment.SYN) && sender.scale != NO_SCALE && receiver.scale != NO_SCALE;
    return scaled ? (long) segment.window() << sender.scale : segment.window();
  }

  /**
   * Returns the options to show. Timestamps are either in all segments or in none, so they are shown on the SYN only.
   */
  private static TcpOptions shown(TcpSegment segment) {
    TcpOptions options = segment.options();
    return segment.has(TcpSegment.SYN) ? options : options.withoutTimestamps();
  }
}
