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

/** Two hosts, or one in two roles, between which a play is performed. */
interface Net extends AutoCloseable {

  /** How long a play waits at most for what must happen. */
  Duration LIMIT = Duration.ofSeconds(20);

  /** A connecting TCP channel on the client's host. */
  Bootstrap client();

  /** A listening TCP channel on the server's host. */
  ServerBootstrap server();

  /** A UDP channel on the client's host. */
  Bootstrap clientDatagrams();

  /** A UDP channel on the server's host. */
  Bootstrap serverDatagrams();

  /** The client's address with {@code port}. */
  InetSocketAddress clientAddress(int port);

  /** The server's address with {@code port}. */
  InetSocketAddress serverAddress(int port);

  /** An address of the server with {@code port} that is of the other version of IP. */
  InetSocketAddress otherServerAddress(int port);

  /** An address that neither host has. */
  InetSocketAddress foreignAddress();

  /** The address by which a datagram reaches everybody on the link, with {@code port}. */
  InetSocketAddress broadcastAddress(int port);

  /** An interface of the machine that stands for the link between the hosts. */
  NetworkInterface link();

  /** Goes on until {@code met} is complete, or {@code limit} has passed; says whether it is complete. */
  boolean until(CompletableFuture<?> met, Duration limit);

  /** How long it takes here, as far as one can know, until nothing more is under way. */
  Duration patience();

  /** Lets what is under way arrive: for plays in which nothing may happen, where no event can be awaited. */
  void settle();

  /** The time of this net's clock. */
  Duration now();

  /** Goes on until {@code future} is done. */
  default <F extends Future<?>> F await(F future) {
    assertThat(isDoneWithin(future, LIMIT)).as("done in time: %s", future).isTrue();
    return future;
  }

  /** Goes on until {@code future} is done, or {@code limit} has passed; says whether it is done. */
  default boolean isDoneWithin(Future<?> future, Duration limit) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    future.addListener(ended -> done.complete(true));
    return until(done, limit);
  }

  /** Goes on until {@code future} has succeeded. */
  default ChannelFuture done(ChannelFuture future) {
    await(future);
    assertThat(future.cause()).isNull();
    return future;
  }

  @Override
  void close();
}
