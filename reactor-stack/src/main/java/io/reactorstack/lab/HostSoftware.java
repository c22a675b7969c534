package io.reactorstack.lab;

/**
 * A program of a host, such as a service. {@link HostBuilder#runs} adds it to a host, which runs it at each start.
 *
 * <p>Everything that the program starts belongs to the host: its tasks, timers, threads and connections end with
 * {@link Host#crash} and are suspended during {@link Host#pause}.
 */
@FunctionalInterface
public interface HostSoftware {

  /**
   * Starts the program, on a thread of the world on which it may block. It may return when it is set up, or run for as
   * long as the host does. {@code host.stack()} is its access to the network.
   *
   * @throws Exception if it fails; the world then fails too, at the next {@link Lab#await} or {@link Lab#advance}
   */
  void start(Host host) throws Exception;
}
