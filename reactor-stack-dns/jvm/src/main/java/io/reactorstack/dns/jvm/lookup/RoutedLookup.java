package io.reactorstack.dns.jvm.lookup;

import io.reactorstack.spi.WorldNames;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The resolver of the JVM: passes each look-up to the resolver that answers the calling thread. */
final class RoutedLookup implements InetAddressResolver {

  private final InetAddressResolver builtin;
  private final Supplier<String> machineName;
  /** Set while the thread is in {@link DnsLookup}: what that looks up itself must not come back to it. */
  private final ThreadLocal<Boolean> inside = new ThreadLocal<>();

  /**
   * Creates the resolver.
   *
   * @param machineName returns the name of this machine, which the JDK looks up for {@code InetAddress.getLocalHost()}
   */
  RoutedLookup(InetAddressResolver builtin, Supplier<String> machineName) {
    this.builtin = builtin;
    this.machineName = machineName;
  }

  @Override
  public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
    WorldNames world = WorldNames.current();
    return world != null
        ? WorldLookup.addresses(world, host, policy, machineName.get())
        : chosen().lookupByName(host, policy);
  }

  @Override
  public String lookupByAddress(byte[] address) throws UnknownHostException {
    WorldNames world = WorldNames.current();
    return world != null ? WorldLookup.name(world, address) : chosen().lookupByAddress(address);
  }

  private InetAddressResolver chosen() {
    DnsLookup configured = Installation.lookup();
    return configured == null || inside.get() != null ? builtin : new Guarded(configured);
  }

  /** The resolver that was set, with the mark of the thread. */
  private final class Guarded implements InetAddressResolver {

    private final DnsLookup lookup;

    Guarded(DnsLookup lookup) {
      this.lookup = lookup;
    }

    @Override
    public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
      inside.set(true);
      try {
        return lookup.addresses(host, policy);
      } finally {
        inside.remove();
      }
    }

    @Override
    public String lookupByAddress(byte[] address) throws UnknownHostException {
      inside.set(true);
      try {
        return lookup.name(address);
      } finally {
        inside.remove();
      }
    }
  }
}
