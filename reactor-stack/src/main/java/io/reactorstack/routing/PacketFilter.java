package io.reactorstack.routing;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.setting.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A list of rules about the packets that a router may forward (RFC 1812 section 5.3.9). The first rule that a packet
 * matches decides about it. Immutable: each method returns a changed copy.
 *
 * <pre>{@code
 * PacketFilter filter = PacketFilter.PASS_ALL
 *     .pass("192.0.2.7/32", "any")
 *     .reject("192.0.2.0/24", "198.51.100.0/24")
 *     .discard("any", "2001:db8:1::/48");
 * }</pre>
 *
 * <p>A router that also translates addresses applies the rules to the addresses of the inside hosts.
 *
 * @param rules the rules, in the order of their test
 * @param otherwise what happens to a packet that matches no rule
 */
public record PacketFilter(List<Rule> rules, Action otherwise) {

  /** The ways in which a router handles a packet. */
  public enum Action {
    /** It forwards the packet. */
    PASS,
    /** It drops and counts the packet. */
    DISCARD,
    /**
     * It drops and counts the packet, and informs the sender by an ICMP error: "communication administratively prohibited"
     * (RFC 1812 section 5.2.7.1, RFC 4443 section 3.1).
     */
    REJECT
  }

  /**
   * A rule, which a packet matches by both addresses.
   *
   * @param source the network of the source address; empty for any address of either version
   * @param destination the network of the destination address; empty for any address of either version
   * @param action what happens to the packet
   */
  public record Rule(Optional<IpPrefix> source, Optional<IpPrefix> destination, Action action) {

    /** Checks that nothing is {@code null}. */
    public Rule {
      Checks.given("source", source);
      Checks.given("destination", destination);
      Checks.given("action", action);
    }

    boolean matches(IpAddress from, IpAddress to) {
      return contains(source, from) && contains(destination, to);
    }

    private static boolean contains(Optional<IpPrefix> network, IpAddress address) {
      return network.isEmpty() || network.get().contains(address);
    }
  }

  /** A filter without rules, which passes all packets. */
  public static final PacketFilter PASS_ALL = new PacketFilter(List.of(), Action.PASS);

  private static final String ANY = "any";

  /** Copies the rules. */
  public PacketFilter {
    rules = List.copyOf(Checks.given("rules", rules));
    Checks.given("otherwise", otherwise);
  }

  /**
   * Adds a rule: packets from {@code source} to {@code destination} pass.
   *
   * @param source a network with its prefix length, such as {@code 192.0.2.0/24}, or {@code any}
   * @param destination as for {@code source}
   * @throws IllegalArgumentException if one of them is neither, or the networks are of different IP versions
   */
  public PacketFilter pass(String source, String destination) {
    return with(source, destination, Action.PASS);
  }

  /** Adds a rule as {@link #pass} does: packets from {@code source} to {@code destination} are dropped silently. */
  public PacketFilter discard(String source, String destination) {
    return with(source, destination, Action.DISCARD);
  }

  /** Adds a rule as {@link #pass} does: packets from {@code source} to {@code destination} draw an ICMP error. */
  public PacketFilter reject(String source, String destination) {
    return with(source, destination, Action.REJECT);
  }

  /** Sets what happens to packets that match no rule; they pass by default. */
  public PacketFilter otherwise(Action action) {
    return new PacketFilter(rules, action);
  }

  private PacketFilter with(String source, String destination, Action action) {
    Rule added = new Rule(network("source", source), network("destination", destination), action);
    boolean isPossible = added.source.isEmpty() || added.destination.isEmpty()
        || added.source.get().address().isV4() == added.destination.get().address().isV4();
    if (!isPossible) {
      throw new IllegalArgumentException("no packet goes from " + source + " to " + destination
          + ": the networks are of different IP versions");
    }
    List<Rule> more = new ArrayList<>(rules);
    more.add(added);
    return new PacketFilter(more, otherwise);
  }

  private static Optional<IpPrefix> network(String name, String text) {
    return Checks.text(name, text).equals(ANY) ? Optional.empty() : Optional.of(IpPrefix.parse(text));
  }

  /** Returns what happens to packets with these addresses. */
  public Action of(IpAddress source, IpAddress destination) {
    for (int i = 0; i < rules.size(); i++) {
      Rule rule = rules.get(i);
      if (rule.matches(source, destination)) {
        return rule.action;
      }
    }
    return otherwise;
  }
}
