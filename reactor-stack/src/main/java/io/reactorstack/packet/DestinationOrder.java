package io.reactorstack.packet;

import io.reactorstack.setting.Checks;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sorts the addresses of one name into the order in which to try them (RFC 6724 section 6). May be used by several threads.
 */
public final class DestinationOrder {

  /**
   * A destination with the source that the host would use.
   *
   * @param address the destination
   * @param source the source with the length of its network's prefix, 0 if that is not known; {@code null} if the
   *     destination cannot be reached
   * @param isDeprecated whether the source is to be used only if there is no other (RFC 4862 section 5.5.4)
   */
  public record Choice(IpAddress address, @Nullable IpPrefix source, boolean isDeprecated) {

    /** Checks that the destination is given. */
    public Choice {
      Checks.given("address", address);
    }
  }

  private final AddressPolicy policy;
  private final Comparator<Choice> order;

  /** Creates the order by the policy table of {@code settings}. */
  public DestinationOrder(AddressSelection settings) {
    this.policy = Checks.given("settings", settings).policy();
    // Rules 4 (home addresses) and 7 (encapsulation) are about Mobile IP and tunnels, which no caller has. Rule 10: a
    // stable sort leaves equal destinations in their order.
    this.order = first(choice -> choice.source() != null) // rule 1: avoid unusable destinations
        .thenComparing(first(DestinationOrder::hasMatchingScope)) // rule 2
        .thenComparing(first(choice -> choice.source() != null && !choice.isDeprecated())) // rule 3
        .thenComparing(first(this::hasMatchingLabel)) // rule 5
        .thenComparingInt(choice -> -policy.precedence(choice.address())) // rule 6
        .thenComparingInt(choice -> AddressSelection.scope(choice.address())) // rule 8: prefer the smaller scope
        .thenComparing(DestinationOrder::byCommonPrefix); // rule 9
  }

  private static Comparator<Choice> first(Function<Choice, Boolean> property) {
    return Comparator.comparing(property, Comparator.reverseOrder());
  }

  /** Returns the addresses of {@code choices}, the one to try first at the beginning. */
  public List<IpAddress> sorted(List<Choice> choices) {
    return choices.stream().sorted(order).map(Choice::address).toList();
  }

  private static boolean hasMatchingScope(Choice choice) {
    IpPrefix source = choice.source();
    return source != null && AddressSelection.scope(source.address()) == AddressSelection.scope(choice.address());
  }

  private boolean hasMatchingLabel(Choice choice) {
    IpPrefix source = choice.source();
    return source != null && policy.label(source.address()) == policy.label(choice.address());
  }

  private static int byCommonPrefix(Choice one, Choice other) {
    return one.address().isV4() == other.address().isV4() ? commonPrefix(other) - commonPrefix(one) : 0;
  }

  /**
   * For IPv4 only destinations in the network of the source have a common prefix: the numbers of other networks tell
   * nothing about their distance, in particular behind a NAT, and the order would undo the rotation of DNS servers. RFC
   * 6724 section 6 permits it where the host knows better; glibc does the same.
   */
  private static int commonPrefix(Choice choice) {
    IpPrefix source = choice.source();
    if (source == null || choice.address().isV4() && !source.contains(choice.address())) {
      return 0;
    }
    return AddressSelection.commonPrefix(source, choice.address());
  }
}
