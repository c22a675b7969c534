package io.reactorstack.spi;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The function that finds the world of the calling thread; finds none until a lab in virtual time is created. */
final class CurrentWorld {

  static volatile Supplier<@Nullable WorldNames> names = () -> null;

  private CurrentWorld() {}
}
