/**
 * The codecs: the bytes of each protocol's header or message on one side, a checked value on the other, without a stack.
 *
 * <p>All have one shape. {@code parse} reads at the buffer's reader index and returns {@code null} for bytes that no sender may
 * send, with the reason counted once in the {@link io.reactorstack.packet.Rejections}; nothing after it can fail. {@code write}
 * puts the value in front of what the buffer holds, into its headroom, with its checksum. {@code length()} is the number of
 * octets that {@code write} puts there. {@code toString()} is one line of text.
 *
 * <p>A message whose checksum covers a pseudo-header, or that depends on the IP header otherwise, is parsed with its {@link
 * io.reactorstack.wire.Carrier}. {@link io.reactorstack.wire.TcpSegment} is a unit with a payload: it takes the buffer over, with
 * the reader index behind the header, and names its three lengths, of header, payload and sequence numbers. {@link io.reactorstack.wire.TcpOptions} are
 * the options that the stack knows; others are skipped (RFC 9293 section 3.1, RFC 7323, RFC 2018). The reasons of a refusal are in
 * one enum for each protocol, such as {@link io.reactorstack.wire.TcpDefect}.
 */
@NullMarked
package io.reactorstack.wire;

import org.jspecify.annotations.NullMarked;
