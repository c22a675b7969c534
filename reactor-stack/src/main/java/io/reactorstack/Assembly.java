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
 * One start of a host: its parts, and the method that puts them together.
 *
 * @param settings the settings that all its shards have in common
 * @param loops its event loops
 * @param devices its devices in the order in which they are opened
 * @param routes its routes beside those to the networks of its addresses
 * @param resolver makes its names when everything else is complete; {@code null} for none
 */
record Assembly(
    HostSettings settings,
    HostLoops loops,
    List<Attached> devices,
    List<Route> routes,
    @Nullable Function<? super NetworkStack, ? extends NameResolver> resolver) {

  /** A device with the name of its interface and the addresses it is to have. */
  record Attached(String name, NetworkDevice.Factory device, List<IpPrefix> addresses) {}

  /** Assembles the host on its first loop. */
  Mono<NetworkStack> start() {
    return Mono.create(sink -> {
      try {
        loops.first().execute(() -> start(sink));
      } catch (RejectedExecutionException e) {
        sink.error(new IllegalStateException("the loop for host " + settings.name() + " has ended", e));
      }
    });
  }

  private void start(MonoSink<NetworkStack> sink) {
    NetworkStack stack;
    try {
      stack = assemble();
    } catch (Throwable t) {
      // The caller waits for an answer to any failure; it gets one when nothing of the host is left.
      loops.end(() -> sink.error(t));
      return;
    }
    // Also called if the subscriber has gone meanwhile: then nobody would ever stop the host.
    sink.onCancel(stack::dispose);
    sink.success(stack);
  }

  /** Assembles the host at once; on its first loop. */
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
