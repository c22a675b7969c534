/**
 * Ethernet over a stream socket, with the framing of QEMU: a length of four octets before each frame.
 *
 * <p>Read {@link io.reactorstack.device.stream.StreamSocketDevice} first: it connects to a Unix-domain socket on which
 * passt, QEMU or another program listens. {@code StreamDevice} polls the socket, {@code StreamReceiving} and {@code StreamSending}
 * are its two directions, and {@code FrameReader} and {@code FrameWriter} encode and decode the stream. The package
 * needs no privilege and no native code. It does not reconnect when the program closes the socket.
 */
@NullMarked
package io.reactorstack.device.stream;

import org.jspecify.annotations.NullMarked;
