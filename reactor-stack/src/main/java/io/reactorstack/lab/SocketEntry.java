package io.reactorstack.lab;

import io.reactorstack.packet.Endpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A socket of a host, as {@code ss} shows it.
 *
 * @param state the state of the TCP connection, such as {@code ESTABLISHED}; {@code LISTEN}; or {@code UDP}
 * @param received bytes that the application has not read; for a listener the connections that wait to be accepted
 * @param sent bytes that the peer has not acknowledged; for a listener the limit of {@code received}
 * @param local the local endpoint
 * @param remote the remote endpoint; {@code null} if there is none
 */
public record SocketEntry(String state, long received, long sent, Endpoint local, @Nullable Endpoint remote) {

  static Table<SocketEntry> table(List<SocketEntry> rows) {
    return new Table<>("sockets", SocketEntry.class, rows, List.of(
        Table.column("State", SocketEntry::state), Table.column("Recv-Q", SocketEntry::received),
        Table.column("Send-Q", SocketEntry::sent), Table.column("Local", entry -> text(entry.local)),
        Table.column("Peer", entry -> text(entry.remote))));
  }

  private static String text(@Nullable Endpoint end) {
    return end == null ? "*" : end.address().isUnspecified() ? "*:" + end.port() : end.toString();
  }
}
