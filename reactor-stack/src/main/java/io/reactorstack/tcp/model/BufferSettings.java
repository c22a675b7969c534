package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;

/**
 * The initial and maximum sizes of a connection's receive and send buffers, in bytes.
 *
 * <p>A buffer whose initial size is its maximum or larger keeps that size.
 *
 * @param receiveBuffer initial limit of the memory that unread data may hold, including overhead; it bounds what the
 *     peer may send before the application reads; 2048 to 2<sup>30</sup>, the largest possible window (RFC 7323 section
 *     2.3)
 * @param maxReceiveBuffer size to which the receive buffer may grow with the measured bandwidth-delay product; the same
 *     range
 * @param sendBuffer initial limit of the data that is accepted and not yet acknowledged; the same range
 * @param maxSendBuffer size to which the send buffer may grow with the congestion window; the same range
 */
public record BufferSettings(int receiveBuffer, int maxReceiveBuffer, int sendBuffer, int maxSendBuffer) {

  /** The smallest buffer, in bytes: enough for a full segment and its memory overhead. */
  public static final int LEAST = 2048;

  /** The largest buffer, in bytes: no window can announce more than this (RFC 7323 section 2.3). */
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

  /** Returns a copy with the given {@link #receiveBuffer}. */
  public BufferSettings withReceiveBuffer(int value) {
    return new BufferSettings(value, maxReceiveBuffer, sendBuffer, maxSendBuffer);
  }

  /** Returns a copy with the given {@link #maxReceiveBuffer}. */
  public BufferSettings withMaxReceiveBuffer(int value) {
    return new BufferSettings(receiveBuffer, value, sendBuffer, maxSendBuffer);
  }

  /** Returns a copy with the given {@link #sendBuffer}. */
  public BufferSettings withSendBuffer(int value) {
    return new BufferSettings(receiveBuffer, maxReceiveBuffer, value, maxSendBuffer);
  }

  /** Returns a copy with the given {@link #maxSendBuffer}. */
  public BufferSettings withMaxSendBuffer(int value) {
    return new BufferSettings(receiveBuffer, maxReceiveBuffer, sendBuffer, value);
  }
}
