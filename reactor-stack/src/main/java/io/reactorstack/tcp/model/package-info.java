/**
 * The words in which a TCP connection and its user speak: how it begins, how it stands, how it ended. Pure: values only.
 *
 * <p>Read {@link io.reactorstack.tcp.model.TcpSettings} first: immutable records that say how a connection begins, given to
 * {@code tcp()}, to a stack's configuration, or to a channel option. {@link io.reactorstack.tcp.model.TcpInfo} is a snapshot of
 * a connection, what {@code ss -ti} shows of a kernel's socket; its {@link io.reactorstack.tcp.model.TcpState} is that of RFC
 * 9293 section 3.3.2, and {@link io.reactorstack.tcp.model.CloseCause} says why a connection ended.
 *
 * <p>The settings go down to the protocol machine in {@code tcp.engine}, which is not API, and the snapshots come up from it;
 * neither knows a clock or a stream.
 */
@NullMarked
package io.reactorstack.tcp.model;

import org.jspecify.annotations.NullMarked;
