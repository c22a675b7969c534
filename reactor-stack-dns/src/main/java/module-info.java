/** A DNS resolver, an authoritative DNS server and a DNS forwarder for reactor-stack. */
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
}
