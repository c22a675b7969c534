package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.WireSettings;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The options that both sides have agreed on in their SYNs. The handshake creates it; sender and receiver start from
 * it.
 *
 * @param peerMss the largest segment that the peer accepts, in bytes, regardless of the path (RFC 9293 section 3.7.1)
 * @param scales the window scales
 * @param sack whether selective acknowledgements are permitted (RFC 2018 section 2)
 * @param timestamps whether every segment carries timestamps (RFC 7323 section 3.2)
 * @param ecn whether explicit congestion notification is used (RFC 3168 section 6.1.1)
 * @param synData bytes of data that our SYN carried and the peer acknowledged together with the SYN (RFC 7413)
 */
record NegotiatedOptions(int peerMss, Scales scales, boolean sack, boolean timestamps, boolean ecn, int synData) {

  /** The value before the peer's SYN has arrived. */
  static final NegotiatedOptions NONE = new NegotiatedOptions(0, Scales.NONE, false, false, false, 0);

  /**
   * The window scales (RFC 7323 section 2).
   *
   * @param agreed whether both SYNs carried the option; without it both scales are 0
   * @param send the peer's window field counts in units of 2<sup>send</sup> bytes
   * @param receive our window field counts in units of 2<sup>receive</sup> bytes
   */
  record Scales(boolean agreed, int send, int receive) {

    static final Scales NONE = new Scales(false, 0, 0);

    private static final int COUNT = TcpOptions.MAX_WINDOW_SCALE + 1;
    private static final List<Scales> AGREED = IntStream.range(0, COUNT * COUNT)
        .mapToObj(i -> new Scales(true, i / COUNT, i % COUNT)).toList();

    /** Returns the scales on which both SYNs agree; connections share them. */
    static Scales agreed(int send, int receive) {
      return AGREED.get(send * COUNT + receive);
    }
  }

  /**
   * Returns the agreement that follows from the peer's SYN or SYN-ACK.
   *
   * @param offeredScale the window scale that our SYN offers
   * @param assumedMss the segment size to assume if the peer announces none, in bytes
   * @param ecnWithheld whether we have sent a SYN that did not request ECN
   */
  static NegotiatedOptions of(TcpSegment syn, TcpSettings settings, int offeredScale, int assumedMss,
      boolean ecnWithheld) {
    TcpOptions options = syn.options();
    WireSettings wire = settings.wire();
    return new NegotiatedOptions(
        options.hasMss() ? SegmentSize.accepted(options.mss()) : assumedMss,
        scales(options, wire, offeredScale),
        wire.selectiveAcknowledgment() && options.sackPermitted(),
        wire.timestamps() && options.hasTimestamps(),
        !ecnWithheld && agreesOnEcn(syn, wire.ecn()),
        0);
  }

  private static Scales scales(TcpOptions options, WireSettings wire, int offered) {
    // RFC 7323 2.3: a shift above 14 is treated as 14.
    return wire.windowScaling() && options.hasWindowScale()
        ? Scales.agreed(Math.min(options.windowScale(), TcpOptions.MAX_WINDOW_SCALE), offered)
        : Scales.NONE;
  }

  /**
   * Returns whether the peer agrees on ECN. RFC 3168 6.1.1: an ECN-setup SYN has ECE and CWR, an ECN-setup SYN-ACK only
   * ECE. Any other combination, including reflected flags, means no.
   */
  private static boolean agreesOnEcn(TcpSegment syn, TcpSettings.Ecn ours) {
    boolean ece = syn.has(TcpSegment.ECE);
    boolean cwr = syn.has(TcpSegment.CWR);
    return switch (ours) {
      case OFF -> false;
      case REQUEST -> ece && cwr != syn.has(TcpSegment.ACK);
      case ACCEPT -> ece && cwr && !syn.has(TcpSegment.ACK);
    };
  }

  /**
   * Returns the agreement after a repeated SYN of the peer. If it no longer requests ECN, the peer did not get our
   * answer to the first one and has given up ECN (RFC 3168 section 6.1.1).
   */
  NegotiatedOptions afterRepeated(TcpSegment syn) {
    boolean asks = syn.has(TcpSegment.ECE) && syn.has(TcpSegment.CWR);
    return asks || !ecn ? this : new NegotiatedOptions(peerMss, scales, sack, timestamps, false, synData);
  }

  /** Returns a copy that notes that the peer acknowledged {@code bytes} of data together with our SYN. */
  NegotiatedOptions withSynData(int bytes) {
    return bytes == synData ? this : new NegotiatedOptions(peerMss, scales, sack, timestamps, ecn, bytes);
  }
}
