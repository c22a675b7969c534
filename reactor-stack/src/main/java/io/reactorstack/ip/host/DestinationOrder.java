package io.reactorstack.ip.host;

import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.IpAddress;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Sorts the addresses of one name into the order in which to try them (RFC 6724 section 6). */
final class DestinationOrder {

  /**
   * A destination with the source that the host would use.
   *
   * @param address the destination
   * @param source the source, or {@code null} if the destination cannot be reached
   */
  record Choice(IpAddress address, @Nullable InterfaceAddress source) {}

  private final AddressSelection settings;
  private final Comparator<Choice> order;

  DestinationOrder(AddressSelection settings) {
    this.settings = settings;
    // Rules 4 (home addresses) and 7 (encapsulation) are about Mobile IP and tunnels, which this host does not have.
    // Rule 10: a stable sort leaves equal destinations in their order.
    this.order = first(choice -> choice.source() != null) // rule 1: avoid unusable destinations
        .thenComparing(first(this::hasMatchingScope)) // rule 2
        .thenComparing(first(DestinationOrder::hasPreferredSource)) // rule 3: avoid deprecated sources
        .thenComparing(first(this::hasMatchingLabel)) // rule 5
        .thenComparingInt(choice -> -settings.policy().precedence(choice.address())) // rule 6
        .thenComparingInt(choice -> AddressSelection.scope(choice.address())) // rule 8: prefer the smaller scope
        .thenComparing(DestinationOrder::byCommonPrefix); // rule 9
  }

  private static Comparator<Choice> first(Function<Choice, Boolean> property) {
    return Comparator.comparing(property, Comparator.reverseOrder());
  }

  /** Returns the addresses of {@code choices}, the one to try first at the beginning. */
  List<IpAddress> sorted(List<Choice> choices) {
    return choices.stream().sorted(order).map(Choice::address).toList();
  }

  private boolean hasMatchingScope(Choice choice) {
    return choice.source() != null
        && AddressSelection.scope(choice.source().address()) == AddressSelection.scope(choice.address());
  }

  private static boolean hasPreferredSource(Choice choice) {
    return choice.source() != null && choice.source().state() == InterfaceAddress.State.PREFERRED;
  }

  private boolean hasMatchingLabel(Choice choice) {
    return choice.source() != null
        && settings.policy().label(choice.source().address()) == settings.policy().label(choice.address());
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
    InterfaceAddress source = choice.source();
    if (source == null || choice.address().isV4() && !source.prefix().contains(choice.address())) {
      return 0;
    }
    return SourceSelection.commonPrefix(source, choice.address());
  }
}
