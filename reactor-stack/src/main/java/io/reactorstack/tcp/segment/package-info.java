/**
 * The TCP segment: its header, its options, and their codec (RFC 9293 section 3.1, RFC 7323, RFC 2018).
 *
 * <p>{@code TcpSegment} is a checked value with the four-tuple it belongs to and its payload; {@code TcpSegmentCodec} reads it out
 * of an IP packet, dropping for a counted {@code SegmentDrop} what cannot be, and writes it into one. {@code TcpOptions} are
 * the options that the stack knows; others are skipped.
 */
@NullMarked
package io.reactorstack.tcp.segment;

import org.jspecify.annotations.NullMarked;
