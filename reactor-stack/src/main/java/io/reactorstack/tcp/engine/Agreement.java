package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.WireSettings;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;

/**
 * What both sides have agreed on with their SYNs. The handshake yields it; sender and receiver begin with it.
 *
 * @param peerMss the segment size that the peer takes, in bytes, whatever the path takes (RFC 9293 section 3.7.1)
 * @param scales the window scales
 * @param sack whether selective acknowledgements are permitted (RFC 2018 section 2)
 * @param timestamps whether every segment carries timestamps (RFC 7323 section 3.2)
 * @param ecn whether explicit congestion notification is used (RFC 3168 section 6.1.1)
 * @param synData bytes of data that our SYN has carried and the peer has acknowledged with it (RFC 7413)
 */
record Agreement(int peerMss, Scales scales, boolean sack, boolean timestamps, boolean ecn, int synData) {

  /** What holds before the peer's SYN has arrived. */
  static final Agreement NONE = new Agreement(0, Scales.NONE, false, false, false, 0);

  /**
   * Window scales (RFC 7323 section 2).
   *
   * @param agreed whether both SYNs carried the option; without it both scales are 0
   * @param send the peer's window counts in units of 2<sup>send</sup> bytes
   * @param receive our window counts in units of 2<sup>receive</sup> bytes
   */
  record Scales(boolean agreed, int send, int receive) {

    static final Scales NONE = new Scales(false, 0, 0);
  }

  /**
   * What follows from the peer's SYN or SYN-ACK.
   *
   * @param offeredScale the window scale that our SYN offers
   * @param assumedMss the segment size of a peer that announces none, in bytes
   * @param ecnWithheld whether a SYN of ours has not asked for ECN
   */
  static Agreement of(TcpSegment syn, TcpSettings settings, int offeredScale, int assumedMss, boolean ecnWithheld) {
    TcpOptions options = syn.options();
    WireSettings wire = settings.wire();
    return new Agreement(
        options.hasMss() ? SegmentSize.accepted(options.mss()) : assumedMss,
        scales(options, wire, offeredScale),
        wire.selectiveAcknowledgment() && options.sackPermitted(),
        wire.timestamps() && options.hasTimestamps(),
        !ecnWithheld && agreesOnEcn(syn, wire.ecn()),
        0);
  }

  private static Scales scales(TcpOptions options, WireSettings wire, int offered) {
    // RFC 7323 2.3: more than 14 is taken for 14.
    return wire.windowScaling() && options.hasWindowScale()
        ? new Scales(true, Math.min(options.windowScale(), TcpOptions.MAX_WINDOW_SCALE), offered)
        : Scales.NONE;
  }

  /**
   * RFC 3168 6.1.1: an ECN-setup SYN has ECE and CWR, an ECN-setup SYN-ACK only ECE; every other form, a reflected one too,
   * means no.
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

  /** The peer's SYN came again: if it no longer asks for ECN, its first one was lost, and so is the agreement (section 6.1.1). */
  Agreement afterRepeated(TcpSegment syn) {
    boolean asks = syn.has(TcpSegment.ECE) && syn.has(TcpSegment.CWR);
    return asks || !ecn ? this : new Agreement(peerMss, scales, sack, timestamps, false, synData);
  }

  /** The peer has acknowledged our SYN with {@code bytes} of its data. */
  Agreement withSynData(int bytes) {
    return bytes == synData ? this : new Agreement(peerMss, scales, sack, timestamps, ecn, bytes);
  }
}
