package io.reactorstack.netty.agreement;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A connection between two parties, with the listener that accepted it. */
final class Talk implements AutoCloseable {

  final Party client;
  final Party server;
  private final Net net;
  private final Bootstrap connecting;
  private final ServerBootstrap listening;
  private Consumer<Channel> clientPipeline = channel -> {};
  private Consumer<Channel> serverPipeline = channel -> {};
  private @Nullable Channel listener;

  private Talk(Net net) {
    this.net = net;
    this.client = new Party(net);
    this.server = new Party(net);
    this.connecting = net.client();
    this.listening = net.server();
  }

  static Talk on(Net net) {
    return new Talk(net);
  }

  <T> Talk clientOption(ChannelOption<T> option, T value) {
    connecting.option(option, value);
    return this;
  }

  <T> Talk serverOption(ChannelOption<T> option, T value) {
    listening.childOption(option, value);
    return this;
  }

  <T> Talk listenerOption(ChannelOption<T> option, T value) {
    listening.option(option, value);
    return this;
  }

  /** Adds handlers before the client's party. */
  Talk client(Consumer<Channel> pipeline) {
    clientPipeline = pipeline;
    return this;
  }

  /** Adds handlers before the server's party. */
  Talk server(Consumer<Channel> pipeline) {
    serverPipeline = pipeline;
    return this;
  }

  private static ChannelInitializer<Channel> initializer(Consumer<Channel> pipeline, Party party) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        pipeline.accept(channel);
        channel.pipeline().addLast(party);
      }
    };
  }

  /** Opens the listener without connecting. */
  Talk listen() {
    listening.childHandler(initializer(serverPipeline, server));
    listener = net.done(listening.bind(net.serverAddress(0))).channel();
    return this;
  }

  /** Starts to connect. */
  ChannelFuture connect() {
    return connecting.clone().handler(initializer(clientPipeline, client)).connect(address());
  }

  /** Connects, and waits until both parties are active. */
  Talk open() {
    listen();
    net.done(connect());
    client.awaitEvent("active");
    server.awaitEvent("active");
    return this;
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener().localAddress();
  }

  Channel listener() {
    if (listener == null) {
      throw new IllegalStateException("there is no listener yet");
    }
    return listener;
  }

  SocketChannel clientChannel() {
    return client.channel();
  }

  SocketChannel serverChannel() {
    return server.channel();
  }

  static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  static ByteBuf bytes(int length) {
    return Unpooled.wrappedBuffer(array(length));
  }

  /** Returns bytes whose values depend on their positions. */
  static byte[] array(int length) {
    byte[] array = new byte[length];
    for (int i = 0; i < length; i++) {
      array[i] = (byte) (i * 31 + (i >> 8) * 7 + (i >> 16));
    }
    return array;
  }

  @Override
  public void close() {
    if (listener != null) {
      net.await(listener.close());
    }
    closeQuietly(client);
    closeQuietly(server);
  }

  private void closeQuietly(Party party) {
    Channel channel = party.channelOrNull();
    if (channel != null) {
      net.await(channel.close());
    }
  }
}
