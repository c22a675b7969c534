package io.reactorstack.dns.jvm.lookup;

import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;

/**
 * The entry point of the JDK, which creates it when the JVM looks up its first name. It loads nothing else of this
 * project: other threads that look up a name wait meanwhile.
 */
public final class JvmResolverProvider extends InetAddressResolverProvider {

  /** Called by the JDK. */
  public JvmResolverProvider() {}

  @Override
  public InetAddressResolver get(Configuration configuration) {
    Installation.installed();
    return new RoutedLookup(configuration.builtinResolver(), configuration::lookupLocalHostName);
  }

  @Override
  public String name() {
    return "reactor-stack";
  }
}
