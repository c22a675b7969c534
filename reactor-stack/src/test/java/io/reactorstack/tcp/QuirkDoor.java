package io.reactorstack.tcp;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.engine.Quirks;
import io.reactorstack.tcp.model.TcpSettings;
import java.net.BindException;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/** The way by which a driver gives connections the quirks of another stack; users have none. */
public final class QuirkDoor {

  private QuirkDoor() {}

  /** As {@link TcpStage#connect}, without a watcher. */
  public static TcpSocket connect(
      TcpStage tcp, Endpoint remote, @Nullable Endpoint local, TcpSettings settings, Quirks quirks)
      throws SocketException {
    return tcp.connect(remote, local, settings, quirks, same -> {});
  }

  /** As {@link TcpStage#listen}, for an acceptor that looks by itself. */
  public static TcpListener listen(TcpStage tcp, Endpoint local, int backlog, TcpSettings settings, Quirks quirks)
      throws BindException {
    TcpListener listener = tcp.listen(local, backlog, settings, () -> {});
    listener.quirks(quirks);
    return listener;
  }
}
