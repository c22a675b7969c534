package io.reactorstack.tcp.model;

import java.util.List;

/**
 * What a connection has been through: the states, each with the time it was entered, and the last segments each way. All
 * times are those of the connection's clock, in nanoseconds.
 *
 * @param states the states in the order in which they were entered
 * @param segments the last segments that were sent or received, the latest last
 */
public record ConnectionHistory(List<StateEntry> states, List<SegmentSummary> segments) {

  /** Most segments that are remembered. */
  public static final int SEGMENTS = 16;

  /**
   * A state was entered.
   *
   * @param state the state
   * @param at when
   */
  public record StateEntry(TcpState state, long at) {}

  /**
   * A segment in short.
   *
   * @param at when it was sent or received
   * @param sent whether it was sent
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
