package io.reactorstack.agent;

import io.reactorstack.packet.Endpoint;
import java.util.LinkedHashMap;
import java.util.Map;

/** The stream sockets of a session that are bound to ports. */
final class Ports {

  private final Map<StreamSocket, Endpoint> bound = new LinkedHashMap<>();

  /**
   * Binds {@code socket}.
   *
   * @throws CallFailed if another socket has the port and does not share it
   */
  void bind(StreamSocket socket, Endpoint local) {
    bound.forEach((other, taken) -> {
      if (Endpoints.overlap(taken, local) && !socket.mayShareWith(other)) {
        throw Errno.EADDRINUSE.failure();
      }
    });
    bound.put(socket, local);
  }

  boolean isBound(StreamSocket socket) {
    return bound.containsKey(socket);
  }

  void release(StreamSocket socket) {
    bound.remove(socket);
  }
}
