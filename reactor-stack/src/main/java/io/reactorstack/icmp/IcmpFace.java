package io.reactorstack.icmp;

import io.reactorstack.ip.host.IpHost;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.pathmtu.PathMtu;
import io.reactorstack.pathmtu.PathMtuSettings;
import io.reactorstack.setting.Checks;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The implementation of {@link Icmp}. */
final class IcmpFace implements Icmp {

  private final Pings pings;
  private final Traces traces;
  private final NameResolver resolver;

  IcmpFace(Pings pings, Traces traces, NameResolver resolver) {
    this.pings = pings;
    this.traces = traces;
    this.resolver = resolver;
  }

  @Override
  public Mono<PingReply> ping(IpAddress target) {
    return ping(target, PingOptions.DEFAULT).next().flatMap(result -> switch (result) {
      case PingReply reply -> Mono.just(reply);
      case PingResult.Failed failed -> Mono.error(exception(pings.host(), target, failed.failure()));
      case PingResult.TimedOut silent -> Mono.error(
          new TimeoutException("no reply from " + target + " within " + PingOptions.DEFAULT.timeout()));
    });
  }

  static Exception exception(IpHost host, IpAddress target, DeliveryFailure failure) {
    SocketException exception = switch (failure) {
      case IcmpError error ->
        new NoRouteToHostException(target + ": " + error.text() + ", reported by " + error.reporter());
      case DeliveryFailure.Unsent unsent -> switch (unsent.rejection().why()) {
        case NO_ROUTE -> new NoRouteToHostException("No route to host: " + noRoute(host, target));
        case NEXT_HOP_UNREACHABLE ->
          new NoRouteToHostException(target + ": host unreachable, the next hop does not answer");
        case TOO_BIG -> new SocketException("Message too long to " + target + ": limit " + unsent.mtu() + " octets");
        case INVALID -> new SocketException("Invalid argument: ping to " + target + " cannot leave this host");
      };
    };
    exception.initCause(new DeliveryException(failure));
    return exception;
  }

  private static String noRoute(IpHost host, IpAddress target) {
    String fault = host.zoneFault(target);
    return fault == null ? target + ", network unreachable" : fault;
  }

  @Override
  public Mono<PingReply> ping(String host) {
    return IpAddress.isLiteral(host)
        ? ping(IpAddress.parse(host))
        : resolver.resolve(host).next().flatMap(address -> ping(address));
  }

  @Override
  public Flux<PingResult> ping(IpAddress target, PingOptions options) {
    return pings.ping(Checks.given("target", target), Checks.given("options", options));
  }

  @Override
  public Flux<Hop> trace(IpAddress target, TraceOptions options) {
    return traces.trace(Checks.given("target", target), Checks.given("options", options));
  }

  @Override
  public Mono<PathMtu> pathMtu(IpAddress target, PathMtuSettings settings) {
    return pings.pathMtu(Checks.given("target", target), Checks.given("settings", settings));
  }
}
