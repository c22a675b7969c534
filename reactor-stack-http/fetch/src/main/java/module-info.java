/** The {@code fetch} command. */
module io.reactorstack.http.fetch {
  requires io.reactorstack.http;
  requires io.reactorstack.test;
  requires io.netty.codec.classes.quic;
  requires static org.jspecify;
  requires info.picocli;
  requires java.logging;

  opens io.reactorstack.http.fetch to info.picocli; // picocli sets the fields of options by reflection
}
