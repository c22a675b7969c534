package io.reactorstack.tcp.engine;

import io.reactorstack.wire.TcpOptions;
import org.jspecify.annotations.Nullable;

/** What one handshake has to do with TCP Fast Open (RFC 7413): cookies and data in the SYN. */
final class FastOpen {

  /** What the SYN or the SYN-ACK carries; empty to ask for one. */
  private byte @Nullable [] cookie;
  private int dataLimit;
  private boolean asked;
  private boolean dropped;
  private int sent;
  private int acknowledged;
  private boolean granted;
  private byte @Nullable [] received;

  /** Our SYN is to carry {@code cookie} and, unless it only asks for one, data up to {@code limit} bytes with the options. */
  void request(byte[] bytes, int limit) {
    cookie = bytes;
    dataLimit = limit;
  }

  /** Our SYN-ACK answers a SYN with the option: {@code takesData} if its cookie was good, with a new one for the peer if not. */
  void answer(boolean takesData, byte @Nullable [] bytes) {
    granted = takesData;
    cookie = bytes;
  }

  /** {@code options} with the cookie, if there is one for the first transmission and place for it. */
  TcpOptions option(TcpOptions options, int transmissions) {
    byte[] bytes = cookie;
    if (bytes == null) {
      return options;
    }
    if (transmissions > 0) {
      // RFC 7413 4.2.1, 4.2.2: somebody on the way may not bear it.
      dropped |= asked;
      return options;
    }
    TcpOptions more = options.withFastOpenCookie(bytes);
    return more.length() <= TcpOptions.MAX_BYTES ? more : options;
  }

  /** Bytes of data, of those that wait, that the SYN with {@code options} takes along. */
  int synData(TcpOptions options, int waiting) {
    byte[] bytes = options.fastOpenCookie();
    asked |= bytes != null;
    if (bytes == null || bytes.length == 0) {
      return 0;
    }
    sent = Math.clamp((long) dataLimit - options.length(), 0, waiting);
    return sent;
  }

  /** Whether our SYN has a cookie and so may take data along. */
  boolean isDataAllowed() {
    byte[] bytes = cookie;
    return bytes != null && bytes.length > 0;
  }

  /** Data bytes that our SYN carried. */
  int sent() {
    return sent;
  }

  /** The peer has acknowledged our SYN and {@code bytes} of its data, with these options. */
  void onAcknowledged(int bytes) {
    acknowledged = bytes;
  }

  /** Of the data in our SYN, what the peer has acknowledged with it. */
  int acknowledged() {
    return acknowledged;
  }

  /** The peer's SYN-ACK came with these options. */
  void onSynAck(TcpOptions options) {
    byte[] bytes = options.fastOpenCookie();
    if (asked && bytes != null && bytes.length > 0) {
      received = bytes;
    }
  }

  /** Whether the data of the peer's SYN was taken at once. */
  boolean isGranted() {
    return granted;
  }

  FastOpenResult result(int peerMss) {
    return new FastOpenResult(asked, dropped, sent, acknowledged, received, peerMss);
  }
}
