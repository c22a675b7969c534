package io.reactorstack.host;

/** Access to the host behind a {@code NetworkStack}. */
public final class Hosts {

  private Hosts() {}

  /** Returns the host of {@code stack}, which is a {@code NetworkStack}. */
  public static StackHost of(HostHandle stack) {
    return stack.host();
  }
}
