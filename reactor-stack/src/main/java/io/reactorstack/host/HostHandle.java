package io.reactorstack.host;

/**
 * The superclass of {@code NetworkStack}: holds the {@link StackHost}, which users of the stack do not see.
 *
 * <p>{@link Hosts#of} returns the host of a handle.
 */
public abstract class HostHandle {

  private final StackHost host;

  /** Creates a handle for {@code host}. */
  protected HostHandle(StackHost host) {
    this.host = host;
  }

  final StackHost host() {
    return host;
  }
}
