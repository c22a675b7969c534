package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.Cubic;
import java.time.Duration;
import java.util.function.Consumer;

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
  public static final TcpSettings DEFAULTS = new TcpSettings(new Values());

  private final Values values;

  private TcpSettings(Values values) {
    this.values = values;
  }

  private TcpSettings with(Consumer<Values> change) {
    Values changed = values.copy();
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

  /** DupThresh: segments above a hole after which it counts as lost, at the start; at least 1 (RFC 5681 section 3.2, RFC 6675). */
  public int duplicateThreshold() {
    return values.duplicateThreshold;
  }

  /** These settings with another {@link #duplicateThreshold}. */
  public TcpSettings withDuplicateThreshold(int value) {
    return with(v -> v.duplicateThreshold = value);
  }

  /** Whether losses are detected by time (RFC 8985). */
  public boolean rack() {
    return values.rack;
  }

  /** These settings with another {@link #rack}. */
  public TcpSettings withRack(boolean value) {
    return with(v -> v.rack = value);
  }

  /** Whether a probe goes out before the retransmission timeout (RFC 8985 section 7). */
  public boolean tailLossProbe() {
    return values.tailLossProbe;
  }

  /** These settings with another {@link #tailLossProbe}. */
  public TcpSettings withTailLossProbe(boolean value) {
    return with(v -> v.tailLossProbe = value);
  }

  /** Whether spurious timeouts are detected by F-RTO (RFC 5682). */
  public boolean forwardRtoRecovery() {
    return values.forwardRtoRecovery;
  }

  /** These settings with another {@link #forwardRtoRecovery}. */
  public TcpSettings withForwardRtoRecovery(boolean value) {
    return with(v -> v.forwardRtoRecovery = value);
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

  /** Retransmission timeout before the first round-trip sample (RFC 6298 section 2.1). */
  public Duration initialRto() {
    return values.initialRto;
  }

  /** These settings with another {@link #initialRto}. */
  public TcpSettings withInitialRto(Duration value) {
    return with(v -> v.initialRto = value);
  }

  /** Floor of the retransmission timeout. */
  public Duration minRto() {
    return values.minRto;
  }

  /** These settings with another {@link #minRto}. */
  public TcpSettings withMinRto(Duration value) {
    return with(v -> v.minRto = value);
  }

  /** Floor of the variance term: RTO is at least SRTT and this; at least the 1 ms of the timestamp clock (G of RFC 6298 section 2.3). */
  public Duration minRtoVariance() {
    return values.minRtoVariance;
  }

  /** These settings with another {@link #minRtoVariance}. */
  public TcpSettings withMinRtoVariance(Duration value) {
    return with(v -> v.minRtoVariance = value);
  }

  /** Ceiling of the retransmission timeout; at least 60 s (RFC 6298 section 2.5). */
  public Duration maxRto() {
    return values.maxRto;
  }

  /** These settings with another {@link #maxRto}. */
  public TcpSettings withMaxRto(Duration value) {
    return with(v -> v.maxRto = value);
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

  /** How long TIME-WAIT lasts: 2 MSL. */
  public Duration timeWait() {
    return values.timeWait;
  }

  /** These settings with another {@link #timeWait}. */
  public TcpSettings withTimeWait(Duration value) {
    return with(v -> v.timeWait = value);
  }

  /** Whether a connection in TIME-WAIT gives way to a new one of either side when timestamps show that it is newer (RFC 6191). */
  public boolean timeWaitReuse() {
    return values.timeWaitReuse;
  }

  /** These settings with another {@link #timeWaitReuse}. */
  public TcpSettings withTimeWaitReuse(boolean value) {
    return with(v -> v.timeWaitReuse = value);
  }

  /** How long FIN-WAIT-2 lasts when nobody reads any more. */
  public Duration finWait2Timeout() {
    return values.finWait2Timeout;
  }

  /** These settings with another {@link #finWait2Timeout}. */
  public TcpSettings withFinWait2Timeout(Duration value) {
    return with(v -> v.finWait2Timeout = value);
  }

  /** How long a connection that its user has closed may wait for a peer that answers but takes no data. */
  public Duration orphanTimeout() {
    return values.orphanTimeout;
  }

  /** These settings with another {@link #orphanTimeout}. */
  public TcpSettings withOrphanTimeout(Duration value) {
    return with(v -> v.orphanTimeout = value);
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

  /** The values while they are put together; never changed once a {@link TcpSettings} has them. */
  private static final class Values implements Cloneable {
    private int receiveBuffer = 1 << 20;
    private int maxReceiveBuffer = 6 << 20;
    private int sendBuffer = 1 << 20;
    private int maxSendBuffer = 4 << 20;
    private int maxSegmentSize = 0;
    private int initialWindowSegments = 10;
    private boolean timestamps = true;
    private boolean windowScaling = true;
    private boolean selectiveAcknowledgment = true;
    private boolean duplicateSelectiveAcknowledgment = true;
    private Ecn ecn = Ecn.ACCEPT;
    private CongestionControl.Factory congestionControl = Cubic.FACTORY;
    private int duplicateThreshold = 3;
    private boolean rack = true;
    private boolean tailLossProbe = true;
    private boolean forwardRtoRecovery = true;
    private boolean slowStartAfterIdle = true;
    private boolean pacing = false;
    private boolean noDelay = false;
    private Duration delayedAck = Duration.ofMillis(40);
    private boolean quickAck = true;
    private Duration initialRto = Duration.ofSeconds(1);
    private Duration minRto = Duration.ofMillis(200);
    private Duration minRtoVariance = Duration.ofMillis(200);
    private Duration maxRto = Duration.ofSeconds(120);
    private int synRetries = 7;
    private int synAckRetries = 7;
    private Duration userTimeout = Duration.ofMinutes(15);
    private boolean userTimeoutOption = false;
    private boolean userTimeoutChangeable = true;
    private boolean keepAlive = false;
    private Duration keepAliveIdle = Duration.ofHours(2);
    private Duration keepAliveInterval = Duration.ofSeconds(75);
    private int keepAliveProbes = 9;
    private boolean keepAliveOctet = false;
    private boolean windowProbeOctet = true;
    private Duration timeWait = Duration.ofSeconds(60);
    private boolean timeWaitReuse = true;
    private Duration finWait2Timeout = Duration.ofSeconds(60);
    private Duration orphanTimeout = Duration.ofMinutes(3);
    private SynCookies synCookies = SynCookies.ON_OVERFLOW;
    private Duration challengeAckInterval = Duration.ofMillis(500);
    private boolean fastOpen = false;
    private boolean pathMtuDiscovery = true;
    private MtuProbing mtuProbing = MtuProbing.ON_BLACK_HOLE;
    private int mtuSearchBase = 0;
    private int hopLimit = 64;
    private int trafficClass = 0;

    Values copy() {
      try {
        return (Values) clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
