package io.reactorstack.host;

/**
 * The superclass of {@code NetworkStack}: it holds the host, which users of the stack do not see.
 *
 * <p>{@link Hosts#of} returns the host of a handle.
 */
public abstract class HostHandle {

  private final StackHost host;

  /** A handle on {@code host}. */
  protected HostHandle(StackHost host) {
    this.host = host;
  }

  final StackHost host() {
    return host;
  }
}
