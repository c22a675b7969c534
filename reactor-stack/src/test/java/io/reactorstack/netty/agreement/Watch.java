package io.reactorstack.netty.agreement;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/** Conditions that tests wait for, checked after each event. Its owner must guard it with a lock. */
final class Watch {

  private record Wish(BooleanSupplier condition, CompletableFuture<Void> met) {}

  private final List<Wish> wishes = new ArrayList<>();

  /** Returns a future that completes as soon as {@code condition} holds. */
  CompletableFuture<Void> until(BooleanSupplier condition) {
    Wish wish = new Wish(condition, new CompletableFuture<>());
    wishes.add(wish);
    look();
    return wish.met();
  }

  /** Checks the conditions; called after each event. */
  void look() {
    wishes.removeIf(wish -> wish.condition().getAsBoolean() && wish.met().complete(null));
  }
}
