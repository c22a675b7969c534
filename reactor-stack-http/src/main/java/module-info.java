/** Reactor Netty's HTTP client on reactor-stack, and the {@code fetch} command. */
module io.reactorstack.http {
  requires transitive io.reactorstack;
  requires transitive io.reactorstack.dns;
  requires transitive reactor.netty.http;
  requires static transitive org.jspecify;
  requires io.netty.codec.http;
  requires io.netty.codec.classes.quic;
  requires io.netty.handler;
  requires info.picocli;
  requires java.logging;

  exports io.reactorstack.http;

  opens io.reactorstack.http.fetch to info.picocli; // options are fields that picocli sets
}
