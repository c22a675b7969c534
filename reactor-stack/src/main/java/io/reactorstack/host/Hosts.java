package io.reactorstack.host;

/** The hosts that stand behind what users hold. */
public final class Hosts {

  private Hosts() {}

  /** The host of {@code stack}, which is a {@code NetworkStack}. */
  public static StackHost of(HostHandle stack) {
    return stack.host();
  }
}
