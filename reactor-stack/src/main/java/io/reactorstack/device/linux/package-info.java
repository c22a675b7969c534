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
 * <p>With offload a {@code virtio_net_hdr} stands in front of each frame: {@code SentOffload} writes it from the facts of
 * a frame, and {@code ReceivedOffload} makes facts of it. Both directions then carry super-frames of up to 65535 bytes and
 * unfinished checksums, which no wire has to see. {@code TunOffload} agrees with the driver what each side takes.
 *
 * <p>The devices need the capability CAP_NET_ADMIN or CAP_NET_RAW and the JVM's permission for native access.
 */
@NullMarked
package io.reactorstack.device.linux;

import org.jspecify.annotations.NullMarked;
