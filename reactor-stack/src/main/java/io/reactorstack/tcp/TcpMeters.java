package io.reactorstack.tcp;

import io.reactorstack.layer.Counter;
import io.reactorstack.layer.Gauge;
import io.reactorstack.layer.MeterTag;
import io.reactorstack.layer.Meters;
import io.reactorstack.wire.TcpSegment;

/** Holds and updates the meters of one shard's TCP. Called on the shard's loop. */
final class TcpMeters {

  private final Counter byConnection;
  private final Counter byListener;
  private final Counter received;
  private final Counter discarded;
  private final Counter sent;
  private final Counter resets;
  private final Counter cookies;
  private final Gauge connections;
  private final Gauge timeWaits;
  private final Gauge listeners;

  TcpMeters(Meters meters) {
    Meters tcp = meters.with(MeterTag.PROTOCOL, "tcp");
    byConnection = meters.consumed("tcp.connection");
    byListener = meters.consumed("tcp.listener");
    received = tcp.counter(TcpMeter.SEGMENTS_RECEIVED);
    discarded = tcp.counter(TcpMeter.SEGMENTS_DISCARDED);
    sent = tcp.counter(TcpMeter.SEGMENTS_SENT);
    resets = tcp.counter(TcpMeter.RESETS_SENT);
    cookies = tcp.counter(TcpMeter.SYN_COOKIES_SENT);
    connections = tcp.gauge(TcpMeter.CONNECTIONS);
    timeWaits = tcp.gauge(TcpMeter.CONNECTIONS_IN_TIME_WAIT);
    listeners = tcp.gauge(TcpMeter.LISTENERS);
  }

  /** Counts a received, well-formed segment, or the segments that it was merged from. */
  void onReceived(TcpSegment segment) {
    received.add(segment.count());
  }

  /** Counts a frame consumed by a connection. */
  void onConsumedByConnection() {
    byConnection.increment();
  }

  /** Counts a frame consumed by a listener: a SYN that opened a connection or was answered with a cookie. */
  void onConsumedByListener() {
    byListener.increment();
  }

  /** Counts {@code segments} that a connection has received and discarded. */
  void onDiscarded(long segments) {
    if (segments != 0) {
      discarded.add(segments);
    }
  }

  /** Counts {@code segment}, which is about to be sent. */
  void onSent(TcpSegment segment) {
    sent.add(segment.count());
    if (segment.has(TcpSegment.RST)) {
      resets.increment();
    }
  }

  /** Counts a SYN that was answered with a cookie. */
  void onCookieSent() {
    cookies.increment();
  }

  void connections(int open, int inTimeWait) {
    connections.set(open);
    timeWaits.set(inTimeWait);
  }

  void listeners(int open) {
    listeners.set(open);
  }
}
