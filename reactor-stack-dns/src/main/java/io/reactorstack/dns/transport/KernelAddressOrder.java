package io.reactorstack.dns.transport;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.DestinationOrder;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
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

  private final DestinationOrder order = new DestinationOrder(AddressSelection.DEFAULT);
  private final KernelInterfaces interfaces;
  private final Function<IpAddress, Optional<IpAddress>> finder;
  private final Cache<IpAddress, Optional<IpAddress>> sources;

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
  }

  /** Returns {@code addresses}, the one to try first at the beginning. */
  List<IpAddress> sorted(List<IpAddress> addresses) {
    return addresses.size() < 2
        ? addresses
        : order.sorted(addresses.stream().map(this::choice).toList());
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

  private DestinationOrder.Choice choice(IpAddress address) {
    IpAddress source = sources.get(address, finder).map(IpAddress::withoutZone).orElse(null);
    Integer prefix = source == null ? null : interfaces.prefixLength(source);
    return new DestinationOrder.Choice(address,
        source == null ? null : new IpPrefix(source, prefix == null ? 0 : prefix), false);
  }
}
