/**
 * Devices of the Linux kernel, by the foreign-function interface: TAP, TUN and packet sockets.
 *
 * <p>{@link io.reactorstack.device.linux.TapDevice}, {@link io.reactorstack.device.linux.TunDevice} and {@link
 * io.reactorstack.device.linux.PacketSocketDevice} are factories for a host's configuration. Their file descriptors are polled
 * by {@code LinuxIoHandler}, an I/O handler of Netty's event loop over epoll; {@code Libc} has the system calls. They need the
 * capability CAP_NET_ADMIN or CAP_NET_RAW and the JVM's permission for native access.
 */
@NullMarked
package io.reactorstack.device.linux;

import org.jspecify.annotations.NullMarked;
