package io.reactorstack.lab.report;

import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.Scannable;

/** The operators of a publisher that is being awaited, in Reactor's words. */
public final class PublisherChain {

  private PublisherChain() {}

  /** Those that end in {@code last}, a subscription, by line. */
  public static List<String> of(@Nullable Object last) {
    return List.of(String.join(" ⇢ ", Scannable.from(last).steps().toList()));
  }
}
