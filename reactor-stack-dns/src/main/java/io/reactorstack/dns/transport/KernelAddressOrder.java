package io.reactorstack.dns.transport;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.reactorstack.packet.AddressPolicy;
import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Sorts the addresses of one name into the order in which to try them (RFC 6724 section 6). The source address of a
 * destination is the one to which the kernel binds a UDP socket that is connected to the destination; no packet is
 * sent.
 *
 * <p>Rule 3, avoid deprecated source addresses, is left to the kernel, which does not choose one if there is another:
 * the JDK does not report the state of an address.
 */
final class KernelAddressOrder {

  /** Sources are kept for one reading of the interfaces, and for so many destinations. */
  private static final int MAX_SOURCES = 1024;

  /** Any port: connecting sends nothing. */
  private static final int DISCARD = 9;

  private record Choice(IpAddress address, Optional<IpAddress> source) {}

  private final AddressPolicy policy = AddressSelection.DEFAULT.policy();
  private final KernelInterfaces interfaces;
  private final Function<IpAddress, Optional<IpAddress>> finder;
  private final Cache<IpAddress, Optional<IpAddress>> sources;
  private final Comparator<Choice> order;

  KernelAddressOrder(KernelInterfaces interfaces, LongSupplier clock) {
    this(interfaces, clock, KernelAddressOrder::findSource);
  }

  /**
   * Creates the order.
   *
   * @param finder returns the source for a destination, or nothing if the destination cannot be reached
   */
  KernelAddressOrder(
      KernelInterfaces interfaces, LongSupplier clock, Function<IpAddress, Optional<IpAddress>> finder) {
    this.interfaces = interfaces;
    this.finder = finder;
    this.sources = Caffeine.newBuilder()
        .maximumSize(MAX_SOURCES)
        .expireAfterWrite(KernelInterfaces.PERIOD)
        .ticker(clock::getAsLong)
        .executor(Runnable::run)
        .build();
    // Rules 4 (home addresses) and 7 (encapsulation) are about Mobile IP and tunnels. Rule 10: a stable sort leaves
    // equal destinations in their order.
    this.order = first(choice -> choice.source().isPresent()) // rule 1: avoid unusable destinations
        .thenComparing(first(this::hasMatchingScope)) // rule 2
        .thenComparing(first(this::hasMatchingLabel)) // rule 5
        .thenComparingInt(choice -> -policy.precedence(choice.address())) // rule 6
        .thenComparingInt(choice -> AddressSelection.scope(choice.address())) // rule 8: prefer the smaller scope
        .thenComparing(this::byCommonPrefix); // rule 9
  }

  private static Comparator<Choice> first(Function<Choice, Boolean> property) {
    return Comparator.comparing(property, Comparator.reverseOrder());
  }

  /** Returns {@code addresses}, the one to try first at the beginning. */
  List<IpAddress> sorted(List<IpAddress> addresses) {
    return addresses.size() < 2
        ? addresses
        : addresses.stream().map(address -> new Choice(address, sources.get(address, finder)))
            .sorted(order).map(Choice::address).toList();
  }

  private static Optional<IpAddress> findSource(IpAddress destination) {
    StandardProtocolFamily family = destination.isV4() ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
    try (DatagramChannel socket = DatagramChannel.open(family)) {
      socket.connect(new InetSocketAddress(destination.toInetAddress(), DISCARD));
      return socket.getLocalAddress() instanceof InetSocketAddress local
          ? Optional.of(IpAddress.of(local.getAddress()))
          : Optional.empty();
    } catch (IOException | UnsupportedAddressTypeException | UnresolvedAddressException e) {
      return Optional.empty(); // no route, or no such IP version
    } catch (UnsupportedOperationException e) {
      return Optional.empty(); // the JVM was started without IPv6
    }
  }

  private boolean hasMatchingScope(Choice choice) {
    return choice.source()
        .filter(source -> AddressSelection.scope(source) == AddressSelection.scope(choice.address())).isPresent();
  }

  private boolean hasMatchingLabel(Choice choice) {
    return choice.source().filter(source -> policy.label(source) == policy.label(choice.address())).isPresent();
  }

  private int byCommonPrefix(Choice one, Choice other) {
    return one.address().isV4() == other.address().isV4() ? commonPrefix(other) - commonPrefix(one) : 0;
  }

  /**
   * For IPv4 only destinations in the network of the source have a common prefix, as in glibc: otherwise the order would
   * undo the rotation of DNS servers.
   */
  private int commonPrefix(Choice choice) {
    IpAddress source = choice.source().map(IpAddress::withoutZone).orElse(null);
    Integer prefix = source == null ? null : interfaces.prefixLength(source);
    if (source == null || prefix == null
        || choice.address().isV4() && !new IpPrefix(source, prefix).contains(choice.address())) {
      return 0;
    }
    int length = 0;
    while (length < prefix && source.sharesPrefix(choice.address(), length + 1)) {
      length++;
    }
    return length;
  }
}
