package io.reactorstack.lab.report;

import io.reactorstack.NetworkStack;
import io.reactorstack.host.Hosts;
import io.reactorstack.host.StackHost;
import io.reactorstack.host.StackShard;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.CloseReport;
import io.reactorstack.tcp.TcpListener;
import io.reactorstack.tcp.TcpSocket;
import io.reactorstack.tcp.engine.TimeWait;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.udp.UdpSocket;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of one host.
 *
 * @param name its name
 * @param description its addresses and its state
 * @param connections its TCP connections
 * @param listeners its TCP listeners
 * @param sockets its UDP sockets
 * @param ended the reports of the connections that ended last, oldest first
 * @param now the host's clock, which the times in the reports refer to
 * @param timerIn nanoseconds until its earliest timer is due; {@link Long#MAX_VALUE} if none is set
 */
public record HostReport(
    String name,
    String description,
    List<Connection> connections,
    List<Listener> listeners,
    List<Datagrams> sockets,
    List<CloseReport> ended,
    long now,
    long timerIn) {

  /**
   * A TCP connection.
   *
   * @param local its local endpoint
   * @param remote its remote endpoint
   * @param info its statistics
   * @param unread bytes received that the application has not read
   * @param unacknowledged bytes written that the peer has not acknowledged
   * @param timerIn nanoseconds until its next timer is due; {@link Long#MAX_VALUE} if none is set
   */
  public record Connection(
      Endpoint local, Endpoint remote, TcpInfo info, int unread, long unacknowledged, long timerIn) {

    private static Connection of(TcpSocket socket, long now) {
      return new Connection(socket.local(), socket.remote(), socket.info(), socket.readableBytes(),
          socket.writtenBytes() - socket.acknowledgedBytes(), in(socket.nextDeadline(), now));
    }

    private static Connection of(TimeWait rest, long now) {
      return new Connection(rest.flow().local(), rest.flow().remote(), rest.info(), 0, 0, in(rest.deadline(), now));
    }
  }

  /**
   * A TCP listener.
   *
   * @param local the endpoint that it listens on
   * @param waiting the number of connections that wait to be accepted
   * @param backlog the limit of that number
   */
  public record Listener(Endpoint local, int waiting, int backlog) {

    private static Listener of(TcpListener listener) {
      return new Listener(listener.local(), listener.acceptable(), listener.backlog());
    }
  }

  /**
   * A UDP socket.
   *
   * @param local its local endpoint
   * @param remote the endpoint that it is connected to; {@code null} if it is not connected
   * @param unread bytes received that the application has not read
   */
  public record Datagrams(Endpoint local, @Nullable Endpoint remote, int unread) {

    private static Datagrams of(UdpSocket socket) {
      return new Datagrams(socket.local(), socket.remote(), socket.receivable());
    }
  }

  /** Returns the snapshot of a host without TCP/IP, such as one that has crashed. */
  public static HostReport silent(String name, String description) {
    return new HostReport(name, description, List.of(), List.of(), List.of(), List.of(), 0, Long.MAX_VALUE);
  }

  /** Returns the present state of {@code stack}. To be called on its loop. */
  public static HostReport of(NetworkStack stack, String description) {
    StackHost host = Hosts.of(stack);
    long now = host.owner().turn().now();
    long deadline = host.shards().stream().mapToLong(shard -> shard.turn().nextDeadline()).min().orElse(Timers.NEVER);
    return new HostReport(stack.name(), description,
        Stream.concat(each(host, shard -> shard.tcp().sockets()).map(socket -> Connection.of(socket, now)),
            each(host, shard -> shard.tcp().timeWaits()).map(rest -> Connection.of(rest, now))).toList(),
        each(host, shard -> shard.tcp().listening()).map(Listener::of).toList(),
        each(host, shard -> shard.udp().sockets()).map(Datagrams::of).toList(),
        each(host, shard -> shard.tcp().lastReports()).toList(),
        now, in(deadline, now));
  }

  private static <T> Stream<T> each(StackHost host, Function<StackShard, List<T>> what) {
    return host.shards().stream().flatMap(shard -> what.apply(shard).stream());
  }

  private static long in(long deadline, long now) {
    return deadline == Long.MAX_VALUE ? deadline : Math.max(0, deadline - now);
  }
}
