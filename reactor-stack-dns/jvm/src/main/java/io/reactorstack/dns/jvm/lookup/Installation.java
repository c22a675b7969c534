package io.reactorstack.dns.jvm.lookup;

import io.reactorstack.dns.DnsResolver;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** The one resolver of this JVM, and whether the JDK asks it. */
public final class Installation {

  private static volatile boolean installed;
  private static volatile @Nullable DnsLookup lookup;

  private Installation() {}

  /** Records that the JDK has chosen this provider. */
  static void installed() {
    installed = true;
  }

  /** Sends look-ups to {@code resolver}. */
  public static void use(DnsResolver resolver) {
    check();
    lookup = new DnsLookup(resolver);
  }

  /** Sends look-ups to the built-in resolver. */
  public static void reset() {
    lookup = null;
  }

  /** The resolver that was set; {@code null} for the built-in one. */
  static @Nullable DnsLookup lookup() {
    return lookup;
  }

  private static void check() {
    if (!installed) {
      try {
        InetAddress.getByName("localhost"); // makes the JDK choose its resolver, once and for all
      } catch (UnknownHostException e) {
        throw new IllegalStateException("the JVM cannot resolve localhost", e);
      }
    }
    if (!installed) {
      throw new IllegalStateException("this JVM has another resolver: the property jdk.net.hosts.file is set, another"
          + " InetAddressResolverProvider was found first, or the context class loader at the first look-up did not see "
          + JvmResolverProvider.class.getName());
    }
  }
}
