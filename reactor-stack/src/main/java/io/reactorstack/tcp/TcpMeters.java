package io.reactorstack.tcp;

import io.reactorstack.layer.Counter;
import io.reactorstack.layer.Gauge;
import io.reactorstack.layer.MeterTag;
import io.reactorstack.layer.Meters;
import io.reactorstack.wire.TcpSegment;

/** The meters of the TCP of one shard. Written on its loop. */
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

  /** A well-formed segment has come in. */
  void onReceived() {
    received.increment();
  }

  /** A connection is given a segment: the frame ends there. */
  void onConsumedByConnection() {
    byConnection.increment();
  }

  /** A listener has taken a SYN, for a connection or to answer it with a cookie: the frame ends there. */
  void onConsumedByListener() {
    byListener.increment();
  }

  /** A connection had no use for {@code segments} more of the segments that it was given. */
  void onDiscarded(long segments) {
    if (segments != 0) {
      discarded.add(segments);
    }
  }

  /** {@code segment} is about to be sent. */
  void onSent(TcpSegment segment) {
    sent.increment();
    if (segment.has(TcpSegment.RST)) {
      resets.increment();
    }
  }

  /** A SYN was answered with a cookie. */
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
