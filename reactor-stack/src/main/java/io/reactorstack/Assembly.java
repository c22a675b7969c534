package io.reactorstack;

import io.reactorstack.device.NetworkDevice;
import io.reactorstack.host.HostLoops;
import io.reactorstack.host.HostSettings;
import io.reactorstack.host.StackHost;
import io.reactorstack.ip.host.Route;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.setting.Checks;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * The parts for one start of a host, and the method that assembles them.
 *
 * @param settings the settings that all its shards have in common
 * @param loops its event loops
 * @param devices its devices in the order in which they are opened
 * @param routes its routes, besides those to the networks of its own addresses
 * @param resolver creates the host's name resolver after everything else is complete; {@code null} for none
 */
record Assembly(
    HostSettings settings,
    HostLoops loops,
    List<Attached> devices,
    List<Route> routes,
    @Nullable Function<? super NetworkStack, ? extends NameResolver> resolver) {

  /** A device with the name of its interface and the addresses to assign to it. */
  record Attached(String name, NetworkDevice.Factory device, List<IpPrefix> addresses) {}

  /** Returns a Mono that assembles the host on its first loop. */
  Mono<NetworkStack> start() {
    return Mono.create(sink -> {
      try {
        loops.first().execute(() -> start(sink));
      } catch (RejectedExecutionException e) {
        sink.error(new IllegalStateException("the event loop of host " + settings.name() + " has shut down", e));
      }
    });
  }

  private void start(MonoSink<NetworkStack> sink) {
    NetworkStack stack;
    try {
      stack = assemble();
    } catch (Throwable t) {
      // The subscriber gets the error only after the host's own loops have shut down, so that nothing of the host is
      // left.
      loops.end(() -> sink.error(t));
      return;
    }
    // The callback also runs if the subscriber cancelled before the host was assembled; otherwise nothing would stop
    // that host.
    sink.onCancel(stack::dispose);
    sink.success(stack);
  }

  /** Assembles the host synchronously; the caller must be on the host's first loop. */
  NetworkStack assemble() {
    StackHost host = new StackHost(settings, loops);
    try {
      host.attachLoopback();
      devices.forEach(each -> host.attach(each.name(), each.device(), each.addresses()));
      routes.forEach(host::route);
      NetworkStack stack = new NetworkStack(host);
      if (resolver != null) {
        stack.delegate(Checks.given("resolver of host " + settings.name(), resolver.apply(stack)));
      }
      return stack;
    } catch (Throwable t) {
      host.abandon();
      throw t;
    }
  }
}
