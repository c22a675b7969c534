package io.reactorstack.netty;

import io.reactorstack.tcp.TcpSocketOptions;
import io.reactorstack.tcp.model.TcpSettings;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/** The options of a channel that opens TCP connections: the settings that each starts with. */
sealed interface TcpConfig permits StackSocketChannelConfig, StackServerSocketChannelConfig {

  /** The settings that a connection is opened with. */
  TcpSettings settings();

  /** Changes the settings for connections that are opened from now on. */
  void change(UnaryOperator<TcpSettings> change);

  /**
   * As {@link #change(UnaryOperator)}; a channel that is one connection, and has opened it, changes that one too.
   *
   * @param open sets, on the loop, the options of an open connection by the changed settings
   */
  void change(UnaryOperator<TcpSettings> change, BiConsumer<TcpSocketOptions, TcpSettings> open);
}
