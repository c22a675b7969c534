package io.reactorstack.benchmarks.suite.load;

import io.reactorstack.tcp.Tcp;
import io.reactorstack.tcp.TcpConnection;
import java.net.InetSocketAddress;

/** One stream from or to a server, over the reactive API of the client's stack. Counts bytes. */
public final class NativeStream implements Load {

  private final Tcp tcp;
  private final InetSocketAddress server;
  private final boolean receives;
  private final Tally tally = new Tally();
  private TcpConnection connection;

  private NativeStream(Tcp tcp, InetSocketAddress server, boolean receives) {
    this.tcp = tcp;
    this.server = server;
    this.receives = receives;
  }

  /** Returns a stream from a {@link Work#SOURCE}; counts the bytes that the subscriber has received. */
  public static NativeStream from(Tcp tcp, InetSocketAddress source) {
    return new NativeStream(tcp, source, true);
  }

  /** Returns a stream to a {@link Work#SINK}; counts the bytes that the stack has requested. */
  public static NativeStream to(Tcp tcp, InetSocketAddress sink) {
    return new NativeStream(tcp, sink, false);
  }

  @Override
  public void start() {
    connection = tcp.connect(server).block(Work.LIMIT);
    if (receives) {
      connection.receive().subscribe(data -> tally.add(Work.consume(data)), NativeServers::ignore);
    } else {
      connection.send(Work.endless(tally)).subscribe(end -> {}, NativeServers::ignore);
    }
  }

  @Override
  public long count() {
    return tally.sum();
  }

  @Override
  public void stop() {
    connection.abort();
    connection.onClose().block(Work.LIMIT);
  }
}
