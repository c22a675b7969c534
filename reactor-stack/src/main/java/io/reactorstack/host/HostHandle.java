package io.reactorstack.host;

/**
 * What stands for a host outside its room: the superclass of {@code NetworkStack}, which shows its users nothing of the host.
 *
 * <p>{@link Hosts#of} returns the host that it stands for.
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
