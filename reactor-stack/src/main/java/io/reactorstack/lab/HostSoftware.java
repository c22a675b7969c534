package io.reactorstack.lab;

/**
 * A program of a host, such as a service: {@link HostBuilder#runs} gives it to the host, which runs it at each start.
 *
 * <p>All that it starts is the host's: its tasks, timers, threads and connections end with {@link Host#crash} and stand still during
 * {@link Host#pause}.
 */
@FunctionalInterface
public interface HostSoftware {

  /**
   * Starts the program, on a thread of the world on which it may block; it may return when it has set itself up, or go on for as
   * long as the host does. It reaches the network through {@code host.stack()}.
   *
   * @throws Exception if it fails; the world fails with it, at the next {@link Lab#await} or {@link Lab#advance}
   */
  void start(Host host) throws Exception;
}
