package io.reactorstack.tcp;

import io.reactorstack.packet.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * A listening port on its event loop, without a face: embryonic connections in a bounded SYN queue, established ones in a
 * bounded accept queue. All methods are called on the loop.
 */
public final class TcpListener {

  TcpListener() {}

  /** What it listens on; the address is unspecified if it takes connections to any of the host's addresses. */
  public Endpoint local() {
    throw new UnsupportedOperationException();
  }

  /** Takes the oldest established connection, or {@code null}; the caller sets its watcher in the same turn. */
  public @Nullable TcpSocket accept() {
    throw new UnsupportedOperationException();
  }

  /** Established connections that wait to be accepted. */
  public int acceptable() {
    throw new UnsupportedOperationException();
  }

  /** Stops listening and aborts every connection that was not accepted. */
  public void close() {
    throw new UnsupportedOperationException();
  }
}
