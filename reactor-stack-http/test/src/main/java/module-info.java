/** The simulated network of reactor-stack in JUnit tests. */
module io.reactorstack.test {
  requires transitive io.reactorstack;
  requires transitive io.reactorstack.dns;
  requires transitive io.reactorstack.http;
  requires static transitive org.jspecify;
}
