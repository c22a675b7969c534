/**
 * The codecs: each converts between the bytes of one protocol's header or message and a checked value, without a stack.
 *
 * <p>Read {@link io.reactorstack.wire.UdpHeader} first, the shortest codec, then
 * {@link io.reactorstack.wire.Ipv4Header} and {@link io.reactorstack.wire.TcpSegment}. All codecs have the same shape.
 * {@code parse} reads at the buffer's reader index. For bytes that no sender may send it returns {@code null} and
 * counts the reason once in the {@link io.reactorstack.packet.Rejections}; nothing after {@code parse} can fail.
 * {@code write} writes the value, with its checksum, in front of the readable bytes into the headroom of the buffer.
 * {@code length()} is the number of octets that {@code write} adds. {@code toString()} is one line of text.
 *
 * <p>A message whose checksum covers a pseudo-header, or that depends on other fields of the IP header, is parsed with
 * its {@link io.reactorstack.wire.EnclosingPacket}. {@link io.reactorstack.wire.TcpSegment} is a unit with a payload: it takes
 * the buffer over, moves the reader index behind the header, and has separate lengths for header, payload and sequence
 * numbers. {@link io.reactorstack.wire.TcpOptions} holds the options that the stack supports; {@code parse} skips
 * unknown ones (RFC 9293 section 3.1, RFC 7323, RFC 2018). Each protocol has an enum of the reasons for a rejection,
 * such as {@link io.reactorstack.wire.TcpDefect}.
 */
@NullMarked
package io.reactorstack.wire;

import org.jspecify.annotations.NullMarked;
