/**
 * Ethernet over a stream socket, with the framing of QEMU: each frame behind its length in four octets.
 *
 * <p>{@link io.reactorstack.device.stream.StreamSocketDevice} connects to a Unix-domain socket, as passt and virtual machines offer one. It needs no privilege
 * and no native code. {@code FrameReader} and {@code FrameWriter} are its codec.
 */
@NullMarked
package io.reactorstack.device.stream;

import org.jspecify.annotations.NullMarked;
