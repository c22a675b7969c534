/**
 * One host: devices, addresses, routes and protocols behind an immutable builder.
 *
 * <p>{@link io.reactorstack.NetworkStack#create} begins a {@link io.reactorstack.StackConfiguration}; its {@code start} opens
 * the devices and gives a {@link io.reactorstack.NetworkStack}, whose {@code tcp()}, {@code udp()} and {@code icmp()} are what a
 * user works with. {@code StackShard} assembles the layers of a host on its event loop and {@code Link} those of one interface:
 * the methods to read if you want to follow a frame.
 */
@NullMarked
package io.reactorstack;

import org.jspecify.annotations.NullMarked;
