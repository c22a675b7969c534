/** Makes the JVM resolve host names by a {@code DnsResolver} of reactor-stack. */
module io.reactorstack.dns.jvm {
  requires transitive io.reactorstack.dns;
  requires static transitive org.jspecify;

  exports io.reactorstack.dns.jvm;

  provides java.net.spi.InetAddressResolverProvider with io.reactorstack.dns.jvm.lookup.JvmResolverProvider;
}
