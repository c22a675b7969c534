/**
 * Devices of the Linux kernel, opened through the foreign-function interface: TAP, TUN and packet sockets.
 *
 * <p>Read {@link io.reactorstack.device.linux.TapDevice} first, and {@link io.reactorstack.device.linux.TunDevice} and
 * {@link io.reactorstack.device.linux.PacketSocketDevice} beside it: they are the factories that a host is configured
 * with. Each opens a {@code LinuxDevice} on a {@code FrameIo}, which reads and writes the frames of one kind of
 * descriptor. {@code LinuxIoHandler}, an I/O handler of Netty's event loop over epoll, polls the descriptors.
 * {@code InterfaceMonitor} reports the carrier and the deletion of an interface by rtnetlink. {@code Libc} contains the
 * system calls.
 *
 * <p>The devices need the capability CAP_NET_ADMIN or CAP_NET_RAW and the JVM's permission for native access. They use
 * no offload of the kernel for the frames that they send.
 */
@NullMarked
package io.reactorstack.device.linux;

import org.jspecify.annotations.NullMarked;
