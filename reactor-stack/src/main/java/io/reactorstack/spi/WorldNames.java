package io.reactorstack.spi;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import java.net.UnknownHostException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The host names of a simulated world in virtual time, for code that is asked for a name without knowing the stack that
 * the question is for, such as the resolver of the JVM.
 *
 * <p>Answers come from the lab's list of hosts: immediately, without a frame, and without a random number. Use an
 * instance at once and on the thread that called {@link #current}. A lab in real time has none.
 */
public interface WorldNames {

  /**
   * Returns the names of the world that the calling thread works for; {@code null} on a thread outside all worlds, which
   * does not see the hosts of any lab.
   */
  static @Nullable WorldNames current() {
    return CurrentWorld.names.get();
  }

  /** Sets the function that {@link #current} calls. For the lab only, which has one function for all worlds. */
  static void foundBy(Supplier<@Nullable WorldNames> current) {
    CurrentWorld.names = Checks.given("current", current);
  }

  /**
   * Returns the addresses of a host of the world, in the order in which the host whose code calls should try them (RFC
   * 6724 section 6); at least one.
   *
   * @param host a name in any case, with or without the suffix {@code .lab} and a trailing dot
   * @throws UnknownHostException if no host has this name, or it has no address yet; the message lists the hosts
   */
  List<IpAddress> addresses(String host) throws UnknownHostException;

  /**
   * Returns the name of the host that has {@code address}.
   *
   * @throws UnknownHostException if no host of the world has it
   */
  String name(IpAddress address) throws UnknownHostException;

  /**
   * Reports an {@linkplain io.reactorstack.lab.Escape escape}: something on the calling thread that the seed of this
   * world does not determine.
   *
   * @param sentence the event and its remedy; a world reports the same sentence once
   */
  void escaped(String sentence);
}
