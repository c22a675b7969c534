/** Reactor Netty's HTTP client and server on reactor-stack. */
module io.reactorstack.http {
  requires transitive io.reactorstack;
  requires transitive io.reactorstack.dns;
  requires transitive reactor.netty.http;
  requires static transitive org.jspecify;
  // Reactor Netty is an automatic module and cannot declare its dependencies; see module io.reactorstack. A dependency
  // is transitive if its types appear in calls of HttpClient or HttpServer: headers, methods, TLS.
  requires transitive io.netty.codec.http;
  requires io.netty.codec.classes.quic;
  requires io.netty.codec.compression;
  requires io.netty.codec.http2;
  requires io.netty.codec.http3;
  requires java.management;

  exports io.reactorstack.http;
}
