package io.reactorstack.tcp;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The listeners of a host by address and port: one on a single address takes precedence over one on all addresses. */
final class Listeners {

  private final TcpMeters meters;
  private final Map<Endpoint, TcpListener> exact = new HashMap<>();
  private final Map<Integer, TcpListener> anyAddress = new HashMap<>();
  private final Map<Integer, Integer> listenersByPort = new HashMap<>();

  Listeners(TcpMeters meters) {
    this.meters = meters;
  }

  /** Returns the listener for connections to this address and port, or {@code null}. */
  @Nullable
  TcpListener find(IpAddress address, int port) {
    TcpListener listener = exact.isEmpty() ? null : exact.get(new Endpoint(address, port));
    return listener != null ? listener : anyAddress.get(port);
  }

  /** Returns whether there is no listener on {@code local}, or on an address and port that overlap it. */
  boolean isFree(Endpoint local) {
    if (!usesPort(local.port())) {
      return true;
    }
    return !local.address().isUnspecified() && !anyAddress.containsKey(local.port()) && !exact.containsKey(local);
  }

  /** Returns whether there is a listener on this port of any address. */
  boolean usesPort(int port) {
    return listenersByPort.containsKey(port);
  }

  void add(TcpListener listener) {
    Endpoint local = listener.local();
    if (local.address().isUnspecified()) {
      anyAddress.put(local.port(), listener);
    } else {
      exact.put(local, listener);
    }
    listenersByPort.merge(local.port(), 1, Integer::sum);
    meters.listeners(exact.size() + anyAddress.size());
  }

  void remove(TcpListener listener) {
    Endpoint local = listener.local();
    if (local.address().isUnspecified()) {
      anyAddress.remove(local.port(), listener);
    } else {
      exact.remove(local, listener);
    }
    listenersByPort.computeIfPresent(local.port(), (port, count) -> count > 1 ? count - 1 : null);
    meters.listeners(exact.size() + anyAddress.size());
  }

  /** Returns all listeners, in no particular order. */
  List<TcpListener> all() {
    List<TcpListener> all = new ArrayList<>(exact.values());
    all.addAll(anyAddress.values());
    return all;
  }
}
