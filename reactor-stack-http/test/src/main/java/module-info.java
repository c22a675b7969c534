/** JUnit support for the simulated network of reactor-stack. */
module io.reactorstack.test {
  requires transitive io.reactorstack;
  requires transitive io.reactorstack.dns;
  requires transitive io.reactorstack.http;
  requires transitive org.junit.jupiter.api;
  requires static transitive org.jspecify;
  // Optional: @LabTest also accepts this module's Arguments.
  requires static org.junit.jupiter.params;
  // The tool that starts the tests provides this module.
  requires static org.junit.platform.launcher;
  // For LabHttp.webClient only. Not transitive: otherwise a user's module could not be compiled without Spring.
  requires static spring.web;
  requires static spring.webflux;

  exports io.reactorstack.test;

  provides org.junit.platform.launcher.LauncherSessionListener with io.reactorstack.test.session.LabSessionListener;
}
