package io.reactorstack.netty.agreement;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;

/** Two hosts, or one in two roles, between which a play is performed. */
interface Net extends AutoCloseable {

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

  /** An address that neither host has. */
  InetSocketAddress foreignAddress();

  /** The address by which a datagram reaches everybody on the link, with {@code port}. */
  InetSocketAddress broadcastAddress(int port);

  /** A loop of the client's host. */
  EventLoop loop();

  @Override
  void close();
}
