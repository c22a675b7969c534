package io.reactorstack.test.clients;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Keeps clients and servers from logging each connection that a scenario breaks on purpose. */
final class Quiet implements BeforeAllCallback, AfterAllCallback {

  /** Kept here: the JDK forgets the levels of loggers that nobody refers to. */
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
