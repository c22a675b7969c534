package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;

/**
 * The segment size, the TCP options and the IP header fields of a connection's packets.
 *
 * @param maxSegmentSize upper limit of the MSS announced and used, 88 to 65535 bytes; 0 to derive it from the device's
 *     MTU
 * @param options the TCP options that are offered and accepted
 * @param ecn use of explicit congestion notification (RFC 3168)
 * @param marking IP header fields of every packet
 */
public record WireSettings(int maxSegmentSize, Options options, TcpSettings.Ecn ecn, Marking marking) {

  /**
   * The TCP options that are offered and accepted.
   *
   * @param timestamps whether to offer and accept timestamps (RFC 7323 section 3)
   * @param windowScaling whether to offer and accept window scaling (RFC 7323 section 2)
   * @param selectiveAcknowledgment whether to offer and accept SACK (RFC 2018)
   * @param duplicateSelectiveAcknowledgment whether duplicates received are reported in SACK blocks (RFC 2883)
   */
  public record Options(
      boolean timestamps,
      boolean windowScaling,
      boolean selectiveAcknowledgment,
      boolean duplicateSelectiveAcknowledgment) {}

  /**
   * IP header fields of every packet.
   *
   * @param hopLimit IPv4 TTL or IPv6 hop limit, 1 to 255
   * @param trafficClass IPv4 TOS or IPv6 traffic class, 0 to 255, with the DSCP in the upper six bits; the stack sets
   *     the ECN bits
   */
  public record Marking(int hopLimit, int trafficClass) {

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a value is out of its range
     */
    public Marking {
      Checks.range("hopLimit", hopLimit, 1, 255, "hops");
      Checks.range("trafficClass", trafficClass, 0, 255, "as an octet");
    }
  }

  static final WireSettings DEFAULTS = new WireSettings(
      0, new Options(true, true, true, true), TcpSettings.Ecn.ACCEPT, new Marking(64, 0));

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public WireSettings {
    if (maxSegmentSize != 0) {
      Checks.range("maxSegmentSize", maxSegmentSize, 88, 0xffff, "bytes, or 0 for what the MTU allows");
    }
    Checks.given("options", options);
    Checks.given("ecn", ecn);
    Checks.given("marking", marking);
  }

  /** Returns {@link Options#timestamps}. */
  public boolean timestamps() {
    return options.timestamps;
  }

  /** Returns {@link Options#windowScaling}. */
  public boolean windowScaling() {
    return options.windowScaling;
  }

  /** Returns {@link Options#selectiveAcknowledgment}. */
  public boolean selectiveAcknowledgment() {
    return options.selectiveAcknowledgment;
  }

  /** Returns {@link Options#duplicateSelectiveAcknowledgment}. */
  public boolean duplicateSelectiveAcknowledgment() {
    return options.duplicateSelectiveAcknowledgment;
  }

  /** Returns {@link Marking#hopLimit}. */
  public int hopLimit() {
    return marking.hopLimit;
  }

  /** Returns {@link Marking#trafficClass}. */
  public int trafficClass() {
    return marking.trafficClass;
  }

  /** Returns a copy with the given {@link #maxSegmentSize}. */
  public WireSettings withMaxSegmentSize(int value) {
    return new WireSettings(value, options, ecn, marking);
  }

  /** Returns a copy with the given {@link #options}. */
  public WireSettings withOptions(Options value) {
    return new WireSettings(maxSegmentSize, value, ecn, marking);
  }

  /** Returns a copy with the given {@link #timestamps}. */
  public WireSettings withTimestamps(boolean value) {
    return withOptions(new Options(
        value, options.windowScaling, options.selectiveAcknowledgment, options.duplicateSelectiveAcknowledgment));
  }

  /** Returns a copy with the given {@link #windowScaling}. */
  public WireSettings withWindowScaling(boolean value) {
    return withOptions(new Options(
        options.timestamps, value, options.selectiveAcknowledgment, options.duplicateSelectiveAcknowledgment));
  }

  /** Returns a copy with the given {@link #selectiveAcknowledgment}. */
  public WireSettings withSelectiveAcknowledgment(boolean value) {
    return withOptions(new Options(
        options.timestamps, options.windowScaling, value, options.duplicateSelectiveAcknowledgment));
  }

  /** Returns a copy with the given {@link #duplicateSelectiveAcknowledgment}. */
  public WireSettings withDuplicateSelectiveAcknowledgment(boolean value) {
    return withOptions(new Options(
        options.timestamps, options.windowScaling, options.selectiveAcknowledgment, value));
  }

  /** Returns a copy with the given {@link #ecn}. */
  public WireSettings withEcn(TcpSettings.Ecn value) {
    return new WireSettings(maxSegmentSize, options, value, marking);
  }

  /** Returns a copy with the given {@link #hopLimit}. */
  public WireSettings withHopLimit(int value) {
    return new WireSettings(maxSegmentSize, options, ecn, new Marking(value, marking.trafficClass));
  }

  /** Returns a copy with the given {@link #trafficClass}. */
  public WireSettings withTrafficClass(int value) {
    return new WireSettings(maxSegmentSize, options, ecn, new Marking(marking.hopLimit, value));
  }
}
