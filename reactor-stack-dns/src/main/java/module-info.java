/** A DNS resolver, an authoritative DNS server and a DNS forwarder for reactor-stack. */
@SuppressWarnings("module") // The module named in the qualified exports is built after this one.
module io.reactorstack.dns {
  requires transitive io.reactorstack;
  requires transitive io.netty.resolver;
  requires static transitive org.jspecify;
  requires org.dnsjava;
  requires com.github.benmanes.caffeine;

  exports io.reactorstack.dns;
  exports io.reactorstack.dns.outcome;
  exports io.reactorstack.dns.record;
  exports io.reactorstack.dns.server;
  // Not API: the JVM's resolver must know whether its caller is on the event loop, and whether the loop still runs.
  exports io.reactorstack.dns.resolve to io.reactorstack.dns.jvm;
  exports io.reactorstack.dns.transport to io.reactorstack.dns.jvm;
}
