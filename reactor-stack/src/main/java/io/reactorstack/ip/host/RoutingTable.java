package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The routes of a host, as an immutable snapshot: the longest prefix wins, then the lowest metric, then the route that
 * was added first (RFC 1122 section 3.3.1, RFC 4632 section 5.1).
 *
 * <p>A host has only a few routes, so a walk over an ordered list is faster than a tree.
 */
public final class RoutingTable {

  /** A table without routes. */
  public static final RoutingTable EMPTY = new RoutingTable(List.of());

  private static final Comparator<Route> MOST_SPECIFIC_FIRST = Comparator
      .comparingInt((Route r) -> -r.destination().length()).thenComparingInt(Route::metric);

  private final List<Route> ordered;
  private final boolean hasEqualRoutes;

  private RoutingTable(List<Route> ordered) {
    this.ordered = ordered;
    Set<List<Object>> networks = new HashSet<>();
    this.hasEqualRoutes = !ordered.stream()
        .allMatch(route -> networks.add(List.of(route.destination().network(), route.metric())));
  }

  /** Returns a table of {@code routes}, in order of their addition. */
  public static RoutingTable of(Route... routes) {
    return EMPTY.withAll(List.of(routes));
  }

  /** Returns a copy with {@code route}, or an equal table if it contains the route already. */
  public RoutingTable with(Route route) {
    return withAll(List.of(route));
  }

  private RoutingTable withAll(List<Route> routes) {
    List<Route> more = new ArrayList<>(ordered);
    for (Route route : routes) {
      if (!more.contains(route)) {
        more.add(route);
      }
    }
    more.sort(MOST_SPECIFIC_FIRST);
    return new RoutingTable(List.copyOf(more));
  }

  /** Returns a copy without the routes that {@code unwanted} matches. */
  public RoutingTable without(Predicate<Route> unwanted) {
    return new RoutingTable(ordered.stream().filter(unwanted.negate()).toList());
  }

  /** Returns the best route to {@code destination}, or {@code null}. */
  public @Nullable Route lookup(IpAddress destination) {
    return lookup(destination, route -> true);
  }

  /** Returns the best route to {@code destination} among those that {@code usable} matches, or {@code null}. */
  public @Nullable Route lookup(IpAddress destination, Predicate<Route> usable) {
    for (int i = 0; i < ordered.size(); i++) {
      Route route = ordered.get(i);
      if (route.destination().contains(destination) && usable.test(route)) {
        return route;
      }
    }
    return null;
  }

  /** Returns whether a route leads over {@code gateway} on the link of {@code interfaceName}. */
  boolean hasGateway(IpAddress gateway, String interfaceName) {
    for (int i = 0; i < ordered.size(); i++) {
      if (gateway.equals(ordered.get(i).gateway()) && ordered.get(i).interfaceName().equals(interfaceName)) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether two routes may be equally good for one destination. */
  public boolean hasEqualRoutes() {
    return hasEqualRoutes;
  }

  /** All routes, most specific first. */
  public List<Route> routes() {
    return ordered;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof RoutingTable other && ordered.equals(other.ordered);
  }

  @Override
  public int hashCode() {
    return ordered.hashCode();
  }

  @Override
  public String toString() {
    return ordered.toString();
  }
}
