package io.reactorstack.tcp.model;

import io.reactorstack.tcp.congestion.CongestionControl;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * What can be set on a connection before it is opened; immutable, every {@code with…} method returns a changed copy.
 */
public final class TcpSettings {

  /** How explicit congestion notification is used (RFC 3168). */
  public enum Ecn {
    /** Neither asked for nor agreed to. */
    OFF,
    /** Asked for in our SYN, and agreed to. */
    REQUEST,
    /** Agreed to when the peer asks. */
    ACCEPT
  }

  /** When a listener answers a SYN without keeping anything of it (RFC 4987 section 3.6). */
  public enum SynCookies {
    /** Never: beyond the SYN queue silence. */
    NEVER,
    /** When the SYN queue is full. */
    ON_OVERFLOW,
    /** Always. */
    ALWAYS
  }

  /** When the path MTU is searched for with segments of our own (RFC 4821). */
  public enum MtuProbing {
    /** Never. */
    OFF,
    /** When full segments vanish again and again, as behind a router that drops them in silence. */
    ON_BLACK_HOLE,
    /** On every connection. */
    ALWAYS
  }

  /** The defaults: those of the RFCs, and of current practice where they leave a choice. */
  public static final TcpSettings DEFAULTS = new TcpSettings(new SettingValues());

  private final SettingValues values;

  private TcpSettings(SettingValues values) {
    this.values = values;
  }

  private TcpSettings with(Consumer<SettingValues> change) {
    SettingValues changed = values.copy();
    change.accept(changed);
    return new TcpSettings(changed);
  }

  /** Bytes of memory that unread data may hold at the start, including overhead; at least 2048. */
  public int receiveBuffer() {
    return values.receiveBuffer;
  }

  /** These settings with another {@link #receiveBuffer}. */
  public TcpSettings withReceiveBuffer(int value) {
    return with(v -> v.receiveBuffer = value);
  }

  /** Bytes to which the receive buffer may grow with the measured bandwidth-delay product; not above {@link #receiveBuffer}: it stays as it is. */
  public int maxReceiveBuffer() {
    return values.maxReceiveBuffer;
  }

  /** These settings with another {@link #maxReceiveBuffer}. */
  public TcpSettings withMaxReceiveBuffer(int value) {
    return with(v -> v.maxReceiveBuffer = value);
  }

  /** Bytes accepted and not yet acknowledged, at the start; at least 2048. */
  public int sendBuffer() {
    return values.sendBuffer;
  }

  /** These settings with another {@link #sendBuffer}. */
  public TcpSettings withSendBuffer(int value) {
    return with(v -> v.sendBuffer = value);
  }

  /** Bytes to which the send buffer may grow with the congestion window; not above {@link #sendBuffer}: it stays as it is. */
  public int maxSendBuffer() {
    return values.maxSendBuffer;
  }

  /** These settings with another {@link #maxSendBuffer}. */
  public TcpSettings withMaxSendBuffer(int value) {
    return with(v -> v.maxSendBuffer = value);
  }

  /** Cap on the MSS announced and used, in bytes; 0 to derive it from the device's MTU. */
  public int maxSegmentSize() {
    return values.maxSegmentSize;
  }

  /** These settings with another {@link #maxSegmentSize}. */
  public TcpSettings withMaxSegmentSize(int value) {
    return with(v -> v.maxSegmentSize = value);
  }

  /** Initial congestion window in segments (RFC 6928). */
  public int initialWindowSegments() {
    return values.initialWindowSegments;
  }

  /** These settings with another {@link #initialWindowSegments}. */
  public TcpSettings withInitialWindowSegments(int value) {
    return with(v -> v.initialWindowSegments = value);
  }

  /** Whether to offer and accept timestamps (RFC 7323 section 3). */
  public boolean timestamps() {
    return values.timestamps;
  }

  /** These settings with another {@link #timestamps}. */
  public TcpSettings withTimestamps(boolean value) {
    return with(v -> v.timestamps = value);
  }

  /** Whether to offer and accept window scaling (RFC 7323 section 2). */
  public boolean windowScaling() {
    return values.windowScaling;
  }

  /** These settings with another {@link #windowScaling}. */
  public TcpSettings withWindowScaling(boolean value) {
    return with(v -> v.windowScaling = value);
  }

  /** Whether to offer and accept SACK (RFC 2018). */
  public boolean selectiveAcknowledgment() {
    return values.selectiveAcknowledgment;
  }

  /** These settings with another {@link #selectiveAcknowledgment}. */
  public TcpSettings withSelectiveAcknowledgment(boolean value) {
    return with(v -> v.selectiveAcknowledgment = value);
  }

  /** Whether duplicates received are reported in SACK blocks (RFC 2883). */
  public boolean duplicateSelectiveAcknowledgment() {
    return values.duplicateSelectiveAcknowledgment;
  }

  /** These settings with another {@link #duplicateSelectiveAcknowledgment}. */
  public TcpSettings withDuplicateSelectiveAcknowledgment(boolean value) {
    return with(v -> v.duplicateSelectiveAcknowledgment = value);
  }

  /** Explicit congestion notification (RFC 3168). */
  public Ecn ecn() {
    return values.ecn;
  }

  /** These settings with another {@link #ecn}. */
  public TcpSettings withEcn(Ecn value) {
    return with(v -> v.ecn = value);
  }

  /** The congestion control of each connection. */
  public CongestionControl.Factory congestionControl() {
    return values.congestionControl;
  }

  /** These settings with another {@link #congestionControl}. */
  public TcpSettings withCongestionControl(CongestionControl.Factory value) {
    return with(v -> v.congestionControl = value);
  }

  /** How losses are detected, and by what it is noticed that there was none. */
  public LossRecoverySettings lossRecovery() {
    return values.lossRecovery;
  }

  /** These settings with another {@link #lossRecovery}. */
  public TcpSettings withLossRecovery(UnaryOperator<LossRecoverySettings> change) {
    return with(v -> v.lossRecovery = change.apply(v.lossRecovery));
  }

  /** Whether the congestion window falls to the restart window after a retransmission timeout without sending (RFC 5681 section 4.1). */
  public boolean slowStartAfterIdle() {
    return values.slowStartAfterIdle;
  }

  /** These settings with another {@link #slowStartAfterIdle}. */
  public TcpSettings withSlowStartAfterIdle(boolean value) {
    return with(v -> v.slowStartAfterIdle = value);
  }

  /** Whether segments are spread over the round trip instead of leaving in bursts. */
  public boolean pacing() {
    return values.pacing;
  }

  /** These settings with another {@link #pacing}. */
  public TcpSettings withPacing(boolean value) {
    return with(v -> v.pacing = value);
  }

  /** Whether to send small segments at once, that is, to switch off Nagle's algorithm (RFC 9293 section 3.7.4). */
  public boolean noDelay() {
    return values.noDelay;
  }

  /** These settings with another {@link #noDelay}. */
  public TcpSettings withNoDelay(boolean value) {
    return with(v -> v.noDelay = value);
  }

  /** Longest delay of an acknowledgement; at most 500 ms (RFC 9293 section 3.8.6.3). */
  public Duration delayedAck() {
    return values.delayedAck;
  }

  /** These settings with another {@link #delayedAck}. */
  public TcpSettings withDelayedAck(Duration value) {
    return with(v -> v.delayedAck = value);
  }

  /** Whether the first segments of a connection are acknowledged at once, while the sender is in slow start. */
  public boolean quickAck() {
    return values.quickAck;
  }

  /** These settings with another {@link #quickAck}. */
  public TcpSettings withQuickAck(boolean value) {
    return with(v -> v.quickAck = value);
  }

  /** How the retransmission timeout begins and within what bounds it stays (RFC 6298). */
  public RtoSettings rto() {
    return values.rto;
  }

  /** These settings with another {@link #rto}. */
  public TcpSettings withRto(UnaryOperator<RtoSettings> change) {
    return with(v -> v.rto = change.apply(v.rto));
  }

  /** Retransmissions of a SYN before the handshake fails (RFC 9293 MUST-23: at least 3 minutes). */
  public int synRetries() {
    return values.synRetries;
  }

  /** These settings with another {@link #synRetries}. */
  public TcpSettings withSynRetries(int value) {
    return with(v -> v.synRetries = value);
  }

  /** Retransmissions of a SYN-ACK before the handshake fails; it is a SYN too (RFC 9293 MUST-23: at least 3 minutes). */
  public int synAckRetries() {
    return values.synAckRetries;
  }

  /** These settings with another {@link #synAckRetries}. */
  public TcpSettings withSynAckRetries(int value) {
    return with(v -> v.synAckRetries = value);
  }

  /** How long sent data may stay unacknowledged before the connection is given up (R2 of RFC 9293 section 3.8.3, RFC 5482); zero for never. */
  public Duration userTimeout() {
    return values.userTimeout;
  }

  /** These settings with another {@link #userTimeout}, which is then not {@link #userTimeoutChangeable} (RFC 5482 section 3). */
  public TcpSettings withUserTimeout(Duration value) {
    return with(v -> {
      v.userTimeout = value;
      v.userTimeoutChangeable = false;
    });
  }

  /** Whether the user timeout is announced to the peer, ENABLED of RFC 5482 section 3. */
  public boolean userTimeoutOption() {
    return values.userTimeoutOption;
  }

  /** These settings with another {@link #userTimeoutOption}. */
  public TcpSettings withUserTimeoutOption(boolean value) {
    return with(v -> v.userTimeoutOption = value);
  }

  /** Whether the peer's announcement changes ours, CHANGEABLE of RFC 5482 section 3. */
  public boolean userTimeoutChangeable() {
    return values.userTimeoutChangeable;
  }

  /** These settings with another {@link #userTimeoutChangeable}. */
  public TcpSettings withUserTimeoutChangeable(boolean value) {
    return with(v -> v.userTimeoutChangeable = value);
  }

  /** Whether an idle connection is probed (RFC 9293 section 3.8.4). */
  public boolean keepAlive() {
    return values.keepAlive;
  }

  /** These settings with another {@link #keepAlive}. */
  public TcpSettings withKeepAlive(boolean value) {
    return with(v -> v.keepAlive = value);
  }

  /** Silence before the first keep-alive probe; at least 2 h by default (RFC 9293 MUST-28). */
  public Duration keepAliveIdle() {
    return values.keepAliveIdle;
  }

  /** These settings with another {@link #keepAliveIdle}. */
  public TcpSettings withKeepAliveIdle(Duration value) {
    return with(v -> v.keepAliveIdle = value);
  }

  /** Time between keep-alive probes. */
  public Duration keepAliveInterval() {
    return values.keepAliveInterval;
  }

  /** These settings with another {@link #keepAliveInterval}. */
  public TcpSettings withKeepAliveInterval(Duration value) {
    return with(v -> v.keepAliveInterval = value);
  }

  /** Unanswered keep-alive probes that end the connection. */
  public int keepAliveProbes() {
    return values.keepAliveProbes;
  }

  /** These settings with another {@link #keepAliveProbes}. */
  public TcpSettings withKeepAliveProbes(int value) {
    return with(v -> v.keepAliveProbes = value);
  }

  /** Whether keep-alive probes carry an octet of garbage, for peers that answer no others (RFC 9293 MAY-6). */
  public boolean keepAliveOctet() {
    return values.keepAliveOctet;
  }

  /** These settings with another {@link #keepAliveOctet}. */
  public TcpSettings withKeepAliveOctet(boolean value) {
    return with(v -> v.keepAliveOctet = value);
  }

  /**
   * Whether a closed window is probed with an octet of data (RFC 9293 MUST-36), or else with an old sequence number only, which
   * draws an acknowledgement too and leaves the data together.
   */
  public boolean windowProbeOctet() {
    return values.windowProbeOctet;
  }

  /** These settings with another {@link #windowProbeOctet}. */
  public TcpSettings withWindowProbeOctet(boolean value) {
    return with(v -> v.windowProbeOctet = value);
  }

  /** How long a connection that is closed lives on. */
  public ClosingSettings closing() {
    return values.closing;
  }

  /** These settings with another {@link #closing}. */
  public TcpSettings withClosing(UnaryOperator<ClosingSettings> change) {
    return with(v -> v.closing = change.apply(v.closing));
  }

  /** What a listener does when its SYN queue is full (RFC 4987). */
  public SynCookies synCookies() {
    return values.synCookies;
  }

  /** These settings with another {@link #synCookies}. */
  public TcpSettings withSynCookies(SynCookies value) {
    return with(v -> v.synCookies = value);
  }

  /** Least time between two acknowledgements that segments without use draw (RFC 5961 section 7); zero for no limit. */
  public Duration challengeAckInterval() {
    return values.challengeAckInterval;
  }

  /** These settings with another {@link #challengeAckInterval}. */
  public TcpSettings withChallengeAckInterval(Duration value) {
    return with(v -> v.challengeAckInterval = value);
  }

  /** Whether data may travel with the SYN (RFC 7413). */
  public boolean fastOpen() {
    return values.fastOpen;
  }

  /** These settings with another {@link #fastOpen}. */
  public TcpSettings withFastOpen(boolean value) {
    return with(v -> v.fastOpen = value);
  }

  /** Whether the path MTU is discovered (RFC 1191, RFC 8201); off: packets may be fragmented. */
  public boolean pathMtuDiscovery() {
    return values.pathMtuDiscovery;
  }

  /** These settings with another {@link #pathMtuDiscovery}. */
  public TcpSettings withPathMtuDiscovery(boolean value) {
    return with(v -> v.pathMtuDiscovery = value);
  }

  /** Whether the path MTU is probed with segments (RFC 4821). */
  public MtuProbing mtuProbing() {
    return values.mtuProbing;
  }

  /** These settings with another {@link #mtuProbing}. */
  public TcpSettings withMtuProbing(MtuProbing value) {
    return with(v -> v.mtuProbing = value);
  }

  /**
   * Packets of this size, in bytes with their IP header, are taken to pass wherever the path MTU is searched for; 0 for 1024 over
   * IPv4 and 1280 over IPv6 (initial search_low of RFC 4821 section 7.2).
   */
  public int mtuSearchBase() {
    return values.mtuSearchBase;
  }

  /** These settings with another {@link #mtuSearchBase}. */
  public TcpSettings withMtuSearchBase(int value) {
    return with(v -> v.mtuSearchBase = value);
  }

  /** TTL or hop limit of every packet, 1 to 255. */
  public int hopLimit() {
    return values.hopLimit;
  }

  /** These settings with another {@link #hopLimit}. */
  public TcpSettings withHopLimit(int value) {
    return with(v -> v.hopLimit = value);
  }

  /** DSCP in the upper six bits of the IPv4 TOS or IPv6 traffic class, 0 to 255; the ECN bits are the stack's. */
  public int trafficClass() {
    return values.trafficClass;
  }

  /** These settings with another {@link #trafficClass}. */
  public TcpSettings withTrafficClass(int value) {
    return with(v -> v.trafficClass = value);
  }
}
