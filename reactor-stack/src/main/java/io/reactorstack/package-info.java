/**
 * One host: devices, addresses, routes and protocols behind an immutable builder.
 *
 * <p>{@link io.reactorstack.NetworkStack#create} returns a {@link io.reactorstack.StackConfiguration}. Its {@code
 * start} opens the devices and emits a {@link io.reactorstack.NetworkStack}, whose {@code tcp()}, {@code udp()} and
 * {@code icmp()} are the entry points of applications. Addresses and routes of a running stack are changed through
 * {@code NetworkStack} as well.
 *
 * <p>{@code Assembly} shows in one method the parts that a host is made of; the layers themselves are connected in
 * {@code io.reactorstack.host}. Authors of transports that are built on a host begin with {@link io.reactorstack.spi}.
 * This package contains no protocol logic.
 */
@NullMarked
package io.reactorstack;

import org.jspecify.annotations.NullMarked;
