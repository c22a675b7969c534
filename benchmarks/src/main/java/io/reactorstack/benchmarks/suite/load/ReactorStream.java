package io.reactorstack.benchmarks.suite.load;

import reactor.netty.Connection;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpClient;

/** One stream from or to a server, over Reactor Netty. Counts bytes. */
public final class ReactorStream implements Load {

  private final TcpClient client;
  private final boolean receives;
  private final Tally tally = new Tally();
  private Connection connection;

  private ReactorStream(TcpClient client, boolean receives) {
    this.client = client;
    this.receives = receives;
  }

  /** Returns a stream from a {@link Work#SOURCE}; counts the bytes that the subscriber has received. */
  public static ReactorStream from(LoopResources loops, String host, int port) {
    return new ReactorStream(TcpClient.newConnection().runOn(loops).host(host).port(port), true);
  }

  /** Returns a stream to a {@link Work#SINK}; counts the bytes that Reactor Netty has requested. */
  public static ReactorStream to(LoopResources loops, String host, int port) {
    return new ReactorStream(TcpClient.newConnection().runOn(loops).host(host).port(port), false);
  }

  @Override
  public void start() {
    connection = client.connectNow(Work.LIMIT);
    if (receives) {
      connection.inbound().receive().subscribe(data -> tally.add(data.readableBytes()), NativeServers::ignore);
    } else {
      connection.outbound().send(Work.endless(tally)).then().subscribe(end -> {}, NativeServers::ignore);
    }
  }

  @Override
  public long count() {
    return tally.sum();
  }

  @Override
  public void stop() {
    connection.disposeNow(Work.LIMIT);
  }
}
