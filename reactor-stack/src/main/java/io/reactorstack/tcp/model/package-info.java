/**
 * Values that describe a TCP connection: its settings, its state at one instant, and why it ended.
 *
 * <p>Read {@link io.reactorstack.tcp.model.TcpSettings} first: the immutable settings that a connection is opened with,
 * one record for each subject. Users pass them to {@code tcp()}, to a stack's configuration, or to a channel option.
 * {@link io.reactorstack.tcp.model.TcpInfo} is a snapshot of a connection, with the values that {@code ss -ti} shows of
 * a kernel's socket; its {@link io.reactorstack.tcp.model.TcpState} is a state of RFC 9293 section 3.3.2.
 * {@link io.reactorstack.tcp.model.CloseCause} names the reason why a connection ended, and
 * {@link io.reactorstack.tcp.model.ConnectionHistory} holds its states and last segments.
 *
 * <p>The settings are passed down to the protocol machine in {@code tcp.engine}, which is not API, and the machine
 * returns the snapshots. The package is pure: it contains values only, without a clock, I/O or streams.
 */
@NullMarked
package io.reactorstack.tcp.model;

import org.jspecify.annotations.NullMarked;
