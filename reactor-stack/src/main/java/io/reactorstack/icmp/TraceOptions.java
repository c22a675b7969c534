package io.reactorstack.icmp;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * The parameters of a trace of a path. Immutable.
 *
 * @param protocol the protocol of the probes
 * @param port the destination port, 1 to 65535: for TCP of all probes, for UDP of the first one, and each further one has
 *     the next higher port; unused with ICMP
 * @param hops the range of hops, and the number of probes to each
 * @param parallel the maximum number of probes under way, 1 to 64
 * @param timeout the time to wait for the answer to a probe, 1 ms to 365 d
 * @param size the number of data octets of a probe, 0 to 65507; unused with TCP and with {@code discoverMtu}
 * @param trafficClass the DSCP and ECN bits of the probes, 0 to 255
 * @param discoverMtu whether the path MTU is discovered: the probes are as long as the path is known to carry, and must
 *     not be fragmented. Not with TCP
 */
public record TraceOptions(
    Protocol protocol,
    int port,
    Hops hops,
    int parallel,
    Duration timeout,
    int size,
    int trafficClass,
    boolean discoverMtu) {

  /** The protocol of the probes. */
  public enum Protocol {
    /** Datagrams to ports that are probably closed. */
    UDP,
    /** Echo requests. */
    ICMP,
    /** SYN segments; no connection is opened. */
    TCP
  }

  /**
   * The range of hops.
   *
   * @param first the hop limit of the first probes, 1 to 255
   * @param last the greatest hop limit, {@code first} to 255
   * @param probes the number of probes to each hop, 1 to 16
   */
  public record Hops(int first, int last, int probes) {

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public Hops {
      Checks.range("first", first, 1, 255, "hops");
      Checks.range("last", last, first, 255, "hops");
      Checks.range("probes", probes, 1, 16, "probes to each hop");
    }
  }

  private static final int FIRST_UDP_PORT = 33434;
  private static final int HTTP = 80;

  /**
   * UDP from port 33434 on; up to 30 hops with three probes of 32 octets each, 16 of them under way; waits five seconds
   * for an answer.
   */
  public static final TraceOptions DEFAULT = new TraceOptions(Protocol.UDP, FIRST_UDP_PORT, new Hops(1, 30, 3), 16,
      Duration.ofSeconds(5), 32, 0, false);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if a value is out of range, or the path MTU is to be discovered with TCP
   */
  public TraceOptions {
    Checks.given("protocol", protocol);
    Checks.range("port", port, 1, 65535, "to probe");
    Checks.given("hops", hops);
    Checks.range("parallel", parallel, 1, 64, "probes under way");
    Checks.positive("timeout", timeout);
    Checks.range("size", size, 0, 65507, "octets");
    Checks.range("trafficClass", trafficClass, 0, 255, "(DSCP and ECN bits)");
    if (discoverMtu && protocol == Protocol.TCP) {
      throw new IllegalArgumentException("the path MTU cannot be discovered with TCP: a SYN has no data");
    }
  }

  /** Returns a copy with UDP probes from {@code port} on. */
  public TraceOptions udp(int port) {
    return new TraceOptions(Protocol.UDP, port, hops, parallel, timeout, size, trafficClass, discoverMtu);
  }

  /** Returns a copy with echo requests as probes. */
  public TraceOptions icmp() {
    return new TraceOptions(Protocol.ICMP, port, hops, parallel, timeout, size, trafficClass, discoverMtu);
  }

  /**
   * Returns a copy with SYN segments to port 80 as probes.
   *
   * @throws IllegalArgumentException if the path MTU is to be discovered
   */
  public TraceOptions tcp() {
    return tcp(HTTP);
  }

  /**
   * Returns a copy with SYN segments to {@code port} as probes.
   *
   * @throws IllegalArgumentException if the path MTU is to be discovered, or the port is out of range
   */
  public TraceOptions tcp(int port) {
    return new TraceOptions(
        Protocol.TCP, port, hops, parallel, timeout, size, trafficClass, discoverMtu);
  }

  /** Returns a copy with this range of hops and this number of probes to each. */
  public TraceOptions hops(int first, int last, int probes) {
    return new TraceOptions(
        protocol, port, new Hops(first, last, probes), parallel, timeout, size, trafficClass, discoverMtu);
  }

  /** Returns a copy with this maximum number of probes under way. */
  public TraceOptions parallel(int probes) {
    return new TraceOptions(protocol, port, hops, probes, timeout, size, trafficClass, discoverMtu);
  }

  /** Returns a copy with this time to wait for the answer to a probe. */
  public TraceOptions timeout(Duration limit) {
    return new TraceOptions(protocol, port, hops, parallel, limit, size, trafficClass, discoverMtu);
  }

  /** Returns a copy with this number of data octets. */
  public TraceOptions size(int octets) {
    return new TraceOptions(protocol, port, hops, parallel, timeout, octets, trafficClass, discoverMtu);
  }

  /** Returns a copy with these DSCP and ECN bits. */
  public TraceOptions trafficClass(int bits) {
    return new TraceOptions(protocol, port, hops, parallel, timeout, size, bits, discoverMtu);
  }

  /**
   * Returns a copy that discovers the path MTU, or does not.
   *
   * @throws IllegalArgumentException if the probes are SYN segments
   */
  public TraceOptions discoverMtu(boolean discover) {
    return new TraceOptions(protocol, port, hops, parallel, timeout, size, trafficClass, discover);
  }
}
