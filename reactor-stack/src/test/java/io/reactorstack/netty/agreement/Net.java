package io.reactorstack.netty.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** The network on which a case is performed: two hosts, or one host in both roles. */
interface Net extends AutoCloseable {

  /** Limit on the time that a case waits for an expected event. */
  Duration LIMIT = Duration.ofSeconds(20);

  /** Returns the bootstrap of a connecting TCP channel on the client's host. */
  Bootstrap client();

  /** Returns the bootstrap of a listening TCP channel on the server's host. */
  ServerBootstrap server();

  /** Returns the bootstrap of a UDP channel on the client's host. */
  Bootstrap clientDatagrams();

  /** Returns the bootstrap of a UDP channel on the server's host. */
  Bootstrap serverDatagrams();

  /** The client's address with {@code port}. */
  InetSocketAddress clientAddress(int port);

  /** The server's address with {@code port}. */
  InetSocketAddress serverAddress(int port);

  /** An address of the server with {@code port} in the other version of IP. */
  InetSocketAddress otherServerAddress(int port);

  /** An address that neither host has. */
  InetSocketAddress foreignAddress();

  /** The address that reaches all hosts on the link, with {@code port}. */
  InetSocketAddress broadcastAddress(int port);

  /** A network interface of the machine that represents the link between the hosts. */
  NetworkInterface link();

  /** Runs until {@code met} is complete or {@code limit} has passed; returns whether it is complete. */
  boolean until(CompletableFuture<?> met, Duration limit);

  /** The time after which no packet is assumed to be in flight. */
  Duration patience();

  /** Waits until packets in flight have arrived, for cases that expect no event. */
  void settle();

  /** The time on this net's clock. */
  Duration now();

  /** Runs until {@code future} is done. */
  default <F extends Future<?>> F await(F future) {
    assertThat(isDoneWithin(future, LIMIT)).as("done in time: %s", future).isTrue();
    return future;
  }

  /** Runs until {@code future} is done or {@code limit} has passed; returns whether it is done. */
  default boolean isDoneWithin(Future<?> future, Duration limit) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    future.addListener(ended -> done.complete(true));
    return until(done, limit);
  }

  /** Runs until {@code future} has succeeded. */
  default ChannelFuture done(ChannelFuture future) {
    await(future);
    assertThat(future.cause()).isNull();
    return future;
  }

  @Override
  void close();
}
