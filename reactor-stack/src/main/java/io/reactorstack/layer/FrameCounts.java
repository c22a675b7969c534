package io.reactorstack.layer;

import io.reactorstack.packet.Pdu;

/**
 * The counters of frames that cross the boundary between a device and the host; held by the lowest stage above the
 * device.
 */
public final class FrameCounts {

  private final Counter received;
  private final Counter octetsReceived;
  private final Counter sent;
  private final Counter octetsSent;

  private FrameCounts(Meters meters) {
    received = meters.counter(FrameMeter.FRAMES_RECEIVED);
    octetsReceived = meters.counter(FrameMeter.OCTETS_RECEIVED);
    sent = meters.counter(FrameMeter.FRAMES_SENT);
    octetsSent = meters.counter(FrameMeter.OCTETS_SENT);
  }

  /** Returns the counters that carry the tags of {@code meters}. */
  public static FrameCounts in(Meters meters) {
    return new FrameCounts(meters);
  }

  /** Counts {@code frame}, received from a device, before any of it was read. */
  public void onReceived(Pdu frame) {
    received.increment();
    octetsReceived.add(frame.payload().readableBytes());
  }

  /** Counts {@code frame}, which is passed to the device in its present form. */
  public void onSent(Pdu frame) {
    sent.increment();
    octetsSent.add(frame.payload().readableBytes());
  }
}
