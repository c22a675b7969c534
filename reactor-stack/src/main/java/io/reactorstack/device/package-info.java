/**
 * The transports of raw frames: the interface that every network device implements, and decorators for captures and
 * observers.
 *
 * <p>Read {@link io.reactorstack.device.NetworkDevice} first. A device is a Flux of received
 * {@link io.reactorstack.device.Frame}s and a subscriber to the frames to send; its
 * {@link io.reactorstack.device.DeviceCapabilities} contain the kind of link (Ethernet or bare IP packets), the MTU and
 * the MAC address. A host opens the device on its event loop through a {@code NetworkDevice.Factory}. Backpressure
 * reaches the medium in both directions: the device reads only while its subscriber has demand, and requests from the
 * publisher only as many frames as the medium can take.
 *
 * <p>{@link io.reactorstack.device.Capture} writes the frames of any device to a pcapng file, and
 * {@code ObservedDevice} shows them to observers. {@code LoopbackDevice} is the loopback interface of a host. A device
 * reports the frames that it drops by a reason of {@code DeviceDrop}.
 *
 * <p>The other devices are in sub-packages: {@code device.linux} (TAP, TUN and packet sockets), {@code device.stream}
 * (frames over a Unix-domain socket) and {@code device.memory} (a cable within one JVM). {@code device.polled} is their
 * common part for file descriptors. A device does not filter or check frames; the layers above it do.
 */
@NullMarked
package io.reactorstack.device;

import org.jspecify.annotations.NullMarked;
