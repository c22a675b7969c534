package io.reactorstack.nat;

import io.reactorstack.setting.Checks;

/**
 * The largest numbers of what a translator keeps. At a limit it refuses new flows and keeps existing ones. Immutable:
 * each {@code with} method returns a changed copy.
 *
 * <p>A session is the permission for one outside host or endpoint to use a mapping, or a TCP connection. Outside hosts
 * open sessions only while less than half of a limit is in use, so that they cannot lock out the inside hosts. Port
 * forwardings count towards no limit, and work without sessions if there are too many.
 *
 * @param mappings the mappings in all, from 1; each takes about 120 octets of memory
 * @param mappingsOfHost the mappings of one inside host, from 1
 * @param sessions the sessions in all, from 1; each takes about 60 octets of memory
 * @param sessionsOfHost the sessions of one inside host, from 1
 * @param datagrams the fragmented datagrams that are remembered until their last fragment has passed, from 1
 * @param heldOctets the octets of held fragments, which wait for the first of their datagram; as many may be used for held
 *     SYN segments; from 2048
 */
public record NatLimits(
    int mappings, int mappingsOfHost, int sessions, int sessionsOfHost, int datagrams, int heldOctets) {

  private static final int LEAST_HELD = 2048;

  /** 100,000 mappings and 200,000 sessions, of which one host may have 4096 and 8192. */
  public static final NatLimits DEFAULT = new NatLimits(100_000, 4096, 200_000, 8192, 1024, 256 * 1024);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public NatLimits {
    Checks.positive("mappings", mappings, "mappings");
    Checks.positive("mappingsOfHost", mappingsOfHost, "mappings");
    Checks.positive("sessions", sessions, "sessions");
    Checks.positive("sessionsOfHost", sessionsOfHost, "sessions");
    Checks.positive("datagrams", datagrams, "datagrams");
    Checks.range("heldOctets", heldOctets, LEAST_HELD, Integer.MAX_VALUE, "octets");
  }

  /** Sets the mappings in all, from 1, and those of one inside host, from 1. */
  public NatLimits withMappings(int inAll, int ofHost) {
    return new NatLimits(inAll, ofHost, sessions, sessionsOfHost, datagrams, heldOctets);
  }

  /** Sets the sessions in all, from 1, and those of one inside host, from 1. */
  public NatLimits withSessions(int inAll, int ofHost) {
    return new NatLimits(mappings, mappingsOfHost, inAll, ofHost, datagrams, heldOctets);
  }

  /** Sets the fragmented datagrams that are remembered, from 1. */
  public NatLimits withDatagrams(int number) {
    return new NatLimits(mappings, mappingsOfHost, sessions, sessionsOfHost, number, heldOctets);
  }

  /** Sets the octets of held fragments, from 2048; as many may be used for held SYN segments. */
  public NatLimits withHeldOctets(int octets) {
    return new NatLimits(mappings, mappingsOfHost, sessions, sessionsOfHost, datagrams, octets);
  }
}
