/** The simulated network of reactor-stack in JUnit tests. */
module io.reactorstack.test {
  requires transitive io.reactorstack;
  requires transitive io.reactorstack.dns;
  requires transitive io.reactorstack.http;
  requires transitive org.junit.jupiter.api;
  requires static transitive org.jspecify;
  // Arguments are taken in its form too.
  requires static org.junit.jupiter.params;
  // Whatever starts the tests brings it.
  requires static org.junit.platform.launcher;
  // For LabHttp.webClient only. Not transitive: a module of a user could not be compiled without Spring then.
  requires static spring.web;
  requires static spring.webflux;

  exports io.reactorstack.test;

  provides org.junit.platform.launcher.LauncherSessionListener with io.reactorstack.test.session.LabSessionListener;
}
