/**
 * One host: devices, addresses, routes and protocols behind an immutable builder.
 *
 * <p>{@link io.reactorstack.NetworkStack#create} begins a {@link io.reactorstack.StackConfiguration}; its {@code start} opens
 * the devices and gives a {@link io.reactorstack.NetworkStack}, whose {@code tcp()}, {@code udp()} and {@code icmp()} are what a
 * user works with. {@code Assembly} says in one method what a host is made of; the layers themselves are put together in {@code
 * io.reactorstack.host}. Those who build transports on a host begin with {@link io.reactorstack.spi}.
 */
@NullMarked
package io.reactorstack;

import org.jspecify.annotations.NullMarked;
