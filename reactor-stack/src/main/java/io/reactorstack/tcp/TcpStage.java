package io.reactorstack.tcp;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.engine.TcpSettings;
import org.jspecify.annotations.Nullable;

/**
 * The TCP of one host on its event loop: connections, listeners and the ports they use.
 */
public final class TcpStage {

  TcpStage() {}

  /**
   * Starts a connection to {@code remote}.
   *
   * @param local the end to use; {@code null}, an unspecified address or port 0 let the stack choose
   * @param watcher told of every change, at the latest when the handshake has ended one way or the other
   * @throws java.net.SocketException {@code BindException} if the local end is taken or not ours, {@code
   *     NoRouteToHostException} if there is no route
   */
  public TcpSocket connect(
      Endpoint remote, @Nullable Endpoint local, TcpSettings settings, TcpSocket.Watcher watcher)
      throws java.net.SocketException {
    throw new UnsupportedOperationException();
  }

  /**
   * Listens.
   *
   * @param local the address, unspecified for all of the host's, and the port, 0 to let the stack choose
   * @param backlog most connections that wait to be accepted; at least 1
   * @param acceptable run in a loop turn when a connection can be accepted
   * @throws java.net.BindException if the end is taken or not ours
   */
  public TcpListener listen(Endpoint local, int backlog, TcpSettings settings, Runnable acceptable)
      throws java.net.BindException {
    throw new UnsupportedOperationException();
  }
}
