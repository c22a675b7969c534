package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;

/**
 * How much of a connection's data may be held, in bytes, and how far that may grow.
 *
 * A buffer that starts at its maximum or above keeps its size.
 *
 * @param receiveBuffer memory that unread data may hold at the start, including overhead: what the peer may send
 *     unasked; 2048 to 2<sup>30</sup>, the largest window there is (RFC 7323 section 2.3)
 * @param maxReceiveBuffer size to which the receive buffer may grow with the measured bandwidth-delay product; the same
 *     range
 * @param sendBuffer data accepted and not yet acknowledged, at the start; the same range
 * @param maxSendBuffer size to which the send buffer may grow with the congestion window; the same range
 */
public record BufferSettings(int receiveBuffer, int maxReceiveBuffer, int sendBuffer, int maxSendBuffer) {

  /** The smallest buffer, in bytes: a full segment and what its memory costs. */
  public static final int LEAST = 2048;

  /** The largest buffer, in bytes: more than this no window can announce (RFC 7323 section 2.3). */
  public static final int MOST = 1 << 30;

  static final BufferSettings DEFAULTS = new BufferSettings(1 << 20, 6 << 20, 16 << 10, 4 << 20);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public BufferSettings {
    Checks.range("receiveBuffer", receiveBuffer, LEAST, MOST, "bytes");
    Checks.range("maxReceiveBuffer", maxReceiveBuffer, LEAST, MOST, "bytes");
    Checks.range("sendBuffer", sendBuffer, LEAST, MOST, "bytes");
    Checks.range("maxSendBuffer", maxSendBuffer, LEAST, MOST, "bytes");
  }

  /** These settings with another {@link #receiveBuffer}. */
  public BufferSettings withReceiveBuffer(int value) {
    return new BufferSettings(value, maxReceiveBuffer, sendBuffer, maxSendBuffer);
  }

  /** These settings with another {@link #maxReceiveBuffer}. */
  public BufferSettings withMaxReceiveBuffer(int value) {
    return new BufferSettings(receiveBuffer, value, sendBuffer, maxSendBuffer);
  }

  /** These settings with another {@link #sendBuffer}. */
  public BufferSettings withSendBuffer(int value) {
    return new BufferSettings(receiveBuffer, maxReceiveBuffer, value, maxSendBuffer);
  }

  /** These settings with another {@link #maxSendBuffer}. */
  public BufferSettings withMaxSendBuffer(int value) {
    return new BufferSettings(receiveBuffer, maxReceiveBuffer, sendBuffer, value);
  }
}
