package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;

/**
 * What segments and the packets around them look like, and which options are offered and accepted.
 *
 * @param maxSegmentSize cap on the MSS announced and used, 88 to 65535 bytes; 0 to derive it from the device's MTU
 * @param timestamps whether to offer and accept timestamps (RFC 7323 section 3)
 * @param windowScaling whether to offer and accept window scaling (RFC 7323 section 2)
 * @param selectiveAcknowledgment whether to offer and accept SACK (RFC 2018)
 * @param duplicateSelectiveAcknowledgment whether duplicates received are reported in SACK blocks (RFC 2883)
 * @param ecn explicit congestion notification (RFC 3168)
 * @param hopLimit TTL or hop limit of every packet, 1 to 255
 * @param trafficClass DSCP in the upper six bits of the IPv4 TOS or IPv6 traffic class, 0 to 255; the ECN bits are the stack's
 */
public record WireSettings(
    int maxSegmentSize,
    boolean timestamps,
    boolean windowScaling,
    boolean selectiveAcknowledgment,
    boolean duplicateSelectiveAcknowledgment,
    TcpSettings.Ecn ecn,
    int hopLimit,
    int trafficClass) {

  static final WireSettings DEFAULTS = new WireSettings(0, true, true, true, true, TcpSettings.Ecn.ACCEPT, 64, 0);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public WireSettings {
    if (maxSegmentSize != 0) {
      Checks.range("maxSegmentSize", maxSegmentSize, 88, 0xffff, "bytes, or 0 for what the MTU allows");
    }
    Checks.given("ecn", ecn);
    Checks.range("hopLimit", hopLimit, 1, 255, "hops");
    Checks.range("trafficClass", trafficClass, 0, 255, "as an octet");
  }

  /** These settings with another {@link #maxSegmentSize}. */
  public WireSettings withMaxSegmentSize(int value) {
    return new WireSettings(value, timestamps, windowScaling, selectiveAcknowledgment, duplicateSelectiveAcknowledgment,
        ecn, hopLimit, trafficClass);
  }

  /** These settings with another {@link #timestamps}. */
  public WireSettings withTimestamps(boolean value) {
    return new WireSettings(maxSegmentSize, value, windowScaling, selectiveAcknowledgment,
        duplicateSelectiveAcknowledgment, ecn, hopLimit, trafficClass);
  }

  /** These settings with another {@link #windowScaling}. */
  public WireSettings withWindowScaling(boolean value) {
    return new WireSettings(maxSegmentSize, timestamps, value, selectiveAcknowledgment,
        duplicateSelectiveAcknowledgment, ecn, hopLimit, trafficClass);
  }

  /** These settings with another {@link #selectiveAcknowledgment}. */
  public WireSettings withSelectiveAcknowledgment(boolean value) {
    return new WireSettings(maxSegmentSize, timestamps, windowScaling, value, duplicateSelectiveAcknowledgment, ecn,
        hopLimit, trafficClass);
  }

  /** These settings with another {@link #duplicateSelectiveAcknowledgment}. */
  public WireSettings withDuplicateSelectiveAcknowledgment(boolean value) {
    return new WireSettings(maxSegmentSize, timestamps, windowScaling, selectiveAcknowledgment, value, ecn, hopLimit,
        trafficClass);
  }

  /** These settings with another {@link #ecn}. */
  public WireSettings withEcn(TcpSettings.Ecn value) {
    return new WireSettings(maxSegmentSize, timestamps, windowScaling, selectiveAcknowledgment,
        duplicateSelectiveAcknowledgment, value, hopLimit, trafficClass);
  }

  /** These settings with another {@link #hopLimit}. */
  public WireSettings withHopLimit(int value) {
    return new WireSettings(maxSegmentSize, timestamps, windowScaling, selectiveAcknowledgment,
        duplicateSelectiveAcknowledgment, ecn, value, trafficClass);
  }

  /** These settings with another {@link #trafficClass}. */
  public WireSettings withTrafficClass(int value) {
    return new WireSettings(maxSegmentSize, timestamps, windowScaling, selectiveAcknowledgment,
        duplicateSelectiveAcknowledgment, ecn, hopLimit, value);
  }
}
