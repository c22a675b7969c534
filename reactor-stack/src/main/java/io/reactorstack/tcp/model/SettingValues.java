package io.reactorstack.tcp.model;

import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.Cubic;
import java.time.Duration;

/** The values of {@link TcpSettings}, at first the defaults; never changed once settings have them. */
final class SettingValues implements Cloneable {
  int receiveBuffer = 1 << 20;
  int maxReceiveBuffer = 6 << 20;
  int sendBuffer = 1 << 20;
  int maxSendBuffer = 4 << 20;
  int maxSegmentSize = 0;
  int initialWindowSegments = 10;
  boolean timestamps = true;
  boolean windowScaling = true;
  boolean selectiveAcknowledgment = true;
  boolean duplicateSelectiveAcknowledgment = true;
  TcpSettings.Ecn ecn = TcpSettings.Ecn.ACCEPT;
  CongestionControl.Factory congestionControl = Cubic.FACTORY;
  LossRecoverySettings lossRecovery = LossRecoverySettings.DEFAULTS;
  boolean slowStartAfterIdle = true;
  boolean pacing = false;
  boolean noDelay = false;
  Duration delayedAck = Duration.ofMillis(40);
  boolean quickAck = true;
  RtoSettings rto = RtoSettings.DEFAULTS;
  int synRetries = 7;
  int synAckRetries = 7;
  Duration userTimeout = Duration.ofMinutes(15);
  boolean userTimeoutOption = false;
  boolean userTimeoutChangeable = true;
  boolean keepAlive = false;
  Duration keepAliveIdle = Duration.ofHours(2);
  Duration keepAliveInterval = Duration.ofSeconds(75);
  int keepAliveProbes = 9;
  boolean keepAliveOctet = false;
  boolean windowProbeOctet = true;
  ClosingSettings closing = ClosingSettings.DEFAULTS;
  TcpSettings.SynCookies synCookies = TcpSettings.SynCookies.ON_OVERFLOW;
  Duration challengeAckInterval = Duration.ofMillis(500);
  boolean fastOpen = false;
  boolean pathMtuDiscovery = true;
  TcpSettings.MtuProbing mtuProbing = TcpSettings.MtuProbing.ON_BLACK_HOLE;
  int mtuSearchBase = 0;
  int hopLimit = 64;
  int trafficClass = 0;

  SettingValues copy() {
    try {
      return (SettingValues) clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }
}
