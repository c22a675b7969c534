/**
 * Transports of raw frames, and what can be put around them.
 *
 * <p>A {@link io.reactorstack.device.NetworkDevice} is a Flux of received {@link io.reactorstack.device.Frame}s and a consumer of
 * sent ones, with its {@link io.reactorstack.device.DeviceCapabilities}: Ethernet or bare packets, MTU, address. A host opens it through a
 * {@code NetworkDevice.Factory} on its loop. {@link io.reactorstack.device.Capture} and {@code ObservedDevice} go around any device.
 *
 * <p>The devices are in the rooms below this one: {@code device.linux} (TAP, TUN, packet socket), {@code device.stream} (frames
 * over a Unix-domain socket), {@code device.memory} (within one JVM).
 */
@NullMarked
package io.reactorstack.device;

import org.jspecify.annotations.NullMarked;
