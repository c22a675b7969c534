package io.reactorstack.tcp.engine;

import io.reactorstack.wire.TcpOptions;
import org.jspecify.annotations.Nullable;

/** The Fast Open part of one handshake (RFC 7413): cookies, and data in the SYN. */
final class FastOpen {

  /** The cookie for our SYN or SYN-ACK; empty to request one, {@code null} to send no option. */
  private byte @Nullable [] cookie;
  private int dataLimit;
  private boolean asked;
  private boolean dropped;
  private int sent;
  private int acknowledged;
  private boolean granted;
  private byte @Nullable [] received;

  /**
   * Sets the cookie for our SYN. An empty one only requests a cookie; with any other the SYN also carries data, up to
   * {@code limit} bytes together with the options.
   */
  void request(byte[] bytes, int limit) {
    cookie = bytes;
    dataLimit = limit;
  }

  /**
   * Sets the answer to a SYN with the option: {@code takesData} if its cookie was valid, and a new cookie for the peer
   * if it was not.
   */
  void answer(boolean takesData, byte @Nullable [] bytes) {
    granted = takesData;
    cookie = bytes;
  }

  /** Returns {@code options} with the cookie, if there is one, it fits, and this is the first transmission. */
  TcpOptions option(TcpOptions options, int transmissions) {
    byte[] bytes = cookie;
    if (bytes == null) {
      return options;
    }
    if (transmissions > 0) {
      // RFC 7413 4.2.1, 4.2.2: a middlebox may have dropped the segment because of the option.
      dropped |= asked;
      return options;
    }
    TcpOptions more = options.withFastOpenCookie(bytes);
    return more.length() <= TcpOptions.MAX_BYTES ? more : options;
  }

  /** Returns how many of the {@code waiting} bytes of data the SYN with {@code options} carries. */
  int synData(TcpOptions options, int waiting) {
    byte[] bytes = options.fastOpenCookie();
    asked |= bytes != null;
    if (bytes == null || bytes.length == 0) {
      return 0;
    }
    sent = Math.clamp((long) dataLimit - options.length(), 0, waiting);
    return sent;
  }

  /** Returns whether our SYN has a cookie and may therefore carry data. */
  boolean isDataAllowed() {
    byte[] bytes = cookie;
    return bytes != null && bytes.length > 0;
  }

  /** The number of data bytes in our SYN. */
  int sent() {
    return sent;
  }

  /** Notes that the peer has acknowledged our SYN and {@code bytes} of its data. */
  void onAcknowledged(int bytes) {
    acknowledged = bytes;
  }

  /** The number of data bytes of our SYN that the peer acknowledged together with it. */
  int acknowledged() {
    return acknowledged;
  }

  /** Keeps the cookie in the options of the peer's SYN-ACK, if we requested one. */
  void onSynAck(TcpOptions options) {
    byte[] bytes = options.fastOpenCookie();
    if (asked && bytes != null && bytes.length > 0) {
      received = bytes;
    }
  }

  /** Returns whether the data of the peer's SYN was accepted. */
  boolean isGranted() {
    return granted;
  }

  FastOpenResult result(int peerMss) {
    return new FastOpenResult(asked, dropped, sent, acknowledged, received, peerMss);
  }
}
