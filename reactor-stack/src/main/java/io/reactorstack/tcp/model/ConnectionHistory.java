package io.reactorstack.tcp.model;

import java.util.List;

/**
 * The history of a connection: each state with the time it was entered, and the last segments in both directions. All
 * times are readings of the connection's clock, in nanoseconds.
 *
 * @param states the states in the order in which they were entered
 * @param segments the last segments that were sent or received, the latest last
 */
public record ConnectionHistory(List<StateEntry> states, List<SegmentSummary> segments) {

  /** The maximum number of segments in a history. */
  public static final int SEGMENTS = 16;

  /**
   * The entry into a state.
   *
   * @param state the state
   * @param at when it was entered
   */
  public record StateEntry(TcpState state, long at) {}

  /**
   * A summary of one segment.
   *
   * @param at when it was sent or received
   * @param sent true if it was sent, false if it was received
   * @param flags its control bits, as in the header
   * @param seq its sequence number, relative to the sender's initial one
   * @param ack its acknowledgement number, relative to the receiver's initial one; 0 without ACK
   * @param window its window field, unscaled
   * @param length its data in bytes
   */
  public record SegmentSummary(long at, boolean sent, int flags, int seq, int ack, int window, int length) {

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder(48).append(sent ? "> " : "< ");
      String names = "FSRP.UEC";
      for (int bit = 0; bit < names.length(); bit++) {
        if ((flags & 1 << bit) != 0) {
          text.append(names.charAt(bit));
        }
      }
      text.append(' ').append(Integer.toUnsignedLong(seq)).append('(').append(length).append(')');
      if ((flags & 0x10) != 0) {
        text.append(" ack ").append(Integer.toUnsignedLong(ack));
      }
      return text.append(" win ").append(window).toString();
    }
  }
}
