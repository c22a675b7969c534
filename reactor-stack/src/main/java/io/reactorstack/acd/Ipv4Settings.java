package io.reactorstack.acd;

import io.reactorstack.setting.Checks;

/**
 * The settings of the IPv4 addresses on the Ethernet interfaces of a host. Immutable: each method returns a changed copy
 * of {@link #DEFAULTS}.
 *
 * @param probesAddresses true if an address that the user has configured is probed before its use (RFC 5227 section
 *     2.1), which takes four to seven seconds. The DHCP client has a setting of its own, and link-local addresses are
 *     always probed.
 * @param conflictReaction the reaction to another station that uses an address of the host
 */
public record Ipv4Settings(boolean probesAddresses, ConflictReaction conflictReaction) {

  /** Addresses are probed, and defended always. */
  public static final Ipv4Settings DEFAULTS = new Ipv4Settings(true, ConflictReaction.DEFEND_ALWAYS);

  /** Checks the values. */
  public Ipv4Settings {
    Checks.given("conflictReaction", conflictReaction);
  }

  /** Sets whether an address that the user has configured is probed before its use; true by default. */
  public Ipv4Settings withAddressProbes(boolean probes) {
    return new Ipv4Settings(probes, conflictReaction);
  }

  /**
   * Sets the reaction to another station that uses an address of the host; {@link ConflictReaction#DEFEND_ALWAYS} by
   * default. A DHCP client that loses its address in this way declines it and asks for another one.
   */
  public Ipv4Settings withConflictReaction(ConflictReaction reaction) {
    return new Ipv4Settings(probesAddresses, reaction);
  }
}
