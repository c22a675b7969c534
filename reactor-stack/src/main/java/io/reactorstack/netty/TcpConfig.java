package io.reactorstack.netty;

import io.reactorstack.tcp.TcpSocketOptions;
import io.reactorstack.tcp.model.TcpSettings;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/** The options of a channel that opens or accepts TCP connections: the settings with which each connection starts. */
sealed interface TcpConfig permits StackSocketChannelConfig, StackServerSocketChannelConfig {

  /** The settings with which a connection is opened. */
  TcpSettings settings();

  /** Changes the settings of connections that are opened later. */
  void change(UnaryOperator<TcpSettings> change);

  /**
   * Changes the settings as {@link #change(UnaryOperator)} does, and also those of the channel's own connection if it
   * is open.
   *
   * @param open applies the changed settings to an open connection; called on the loop
   */
  void change(UnaryOperator<TcpSettings> change, BiConsumer<TcpSocketOptions, TcpSettings> open);
}
