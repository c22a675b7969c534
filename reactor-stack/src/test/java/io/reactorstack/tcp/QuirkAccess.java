package io.reactorstack.tcp;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.engine.Quirks;
import io.reactorstack.tcp.model.TcpSettings;
import java.net.BindException;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/** Gives test drivers access to connections with the quirks of another stack, which the API does not offer. */
public final class QuirkAccess {

  private QuirkAccess() {}

  /** Connects as {@link TcpStage#connect} does, with quirks and without a watcher. */
  public static TcpSocket connect(
      TcpStage tcp, Endpoint remote, @Nullable Endpoint local, TcpSettings settings, Quirks quirks)
      throws SocketException {
    return tcp.connect(remote, local, settings, quirks, same -> {});
  }

  /** Listens as {@link TcpStage#listen} does, with quirks; the caller polls the listener for connections. */
  public static TcpListener listen(TcpStage tcp, Endpoint local, int backlog, TcpSettings settings, Quirks quirks)
      throws BindException {
    TcpListener listener = tcp.listen(local, backlog, settings, () -> {});
    listener.quirks(quirks);
    return listener;
  }
}
