/** Reactor Netty's HTTP client on reactor-stack, and the {@code fetch} command. */
module io.reactorstack.http {
  requires transitive io.reactorstack;
  requires transitive io.reactorstack.dns;
  requires transitive reactor.netty.http;
  requires static transitive org.jspecify;
  requires info.picocli;

  exports io.reactorstack.http;

  opens io.reactorstack.http.fetch to info.picocli; // options are fields that picocli sets
}
