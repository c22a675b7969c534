package io.reactorstack.test.clients;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Silences clients and servers, which would log each connection that a scenario breaks on purpose. */
final class Quiet implements BeforeAllCallback, AfterAllCallback {

  /** Holds references, because the JDK forgets the levels of unreferenced loggers. */
  private static final List<Logger> LOGGERS = Stream.of("reactor.netty", "io.grpc", "io.lettuce", "io.netty")
      .map(Logger::getLogger).toList();

  @Override
  public void beforeAll(ExtensionContext context) {
    LOGGERS.forEach(logger -> logger.setLevel(Level.OFF));
  }

  @Override
  public void afterAll(ExtensionContext context) {
    LOGGERS.forEach(logger -> logger.setLevel(null));
  }
}
