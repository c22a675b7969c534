/** The DNS resolver of reactor-stack. */
module io.reactorstack.dns {
  requires transitive io.reactorstack;
  requires transitive io.netty.resolver;
  requires static transitive org.jspecify;
  requires org.dnsjava;

  // The compiler refuses to export a package without a type: this line waits for the first.
  // exports io.reactorstack.dns;
}
