package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * The codec of {@link TcpOptions}: the octets between a header's fixed part and the data (RFC 9293 section 3.2, RFC
 * 7323, RFC 2018).
 *
 * <p>The parser never fails. It skips options that are unknown, repeated or of an unexpected length, and stops at an
 * impossible length.
 */
final class TcpOptionCodec {

  private static final int END = 0;
  private static final int NOP = 1;
  private static final int MSS = 2;
  private static final int WINDOW_SCALE = 3;
  private static final int SACK_PERMITTED = 4;
  private static final int SACK = 5;
  private static final int TIMESTAMPS = 8;
  private static final int USER_TIMEOUT = 28;
  private static final int FAST_OPEN = 34;

  /** RFC 5482 3.3: the granularity bit of the user timeout; the value is in minutes. */
  private static final int MINUTES = 0x8000;
  private static final int MAX_USER_TIMEOUT = 0x7fff;

  private static final int MAX_COOKIE = 16;

  /**
   * NOP, NOP, kind, length: the encoding of timestamps as the only option, as in nearly every segment (RFC 7323
   * appendix A).
   */
  private static final int PADDED_TIMESTAMPS = 0x0101_080a;
  private static final int TIMESTAMPS_BYTES = 12;

  private TcpOptionCodec() {}

  /** Parses the options in the bytes from {@code start} to {@code end}. */
  static TcpOptions parse(ByteBuf bytes, int start, int end) {
    if (start == end) {
      return TcpOptions.NONE;
    }
    if (end - start == TIMESTAMPS_BYTES && bytes.getInt(start) == PADDED_TIMESTAMPS) {
      long timestamps = bytes.getLong(start + 4);
      return TcpOptions.timestamps((int) (timestamps >>> Integer.SIZE), (int) timestamps);
    }
    return parseAny(bytes, start, end);
  }

  private static TcpOptions parseAny(ByteBuf bytes, int start, int end) {
    TcpOptions options = TcpOptions.NONE;
    int at = start;
    while (at < end) {
      int kind = bytes.getUnsignedByte(at);
      if (kind == END) {
        break;
      }
      if (kind == NOP) {
        at++;
        continue;
      }
      // RFC 9293 3.1 MUST-7: the length does not cover kind and length, or runs past the header.
      int length = at + 1 < end ? bytes.getUnsignedByte(at + 1) : 0;
      if (length < 2 || at + length > end) {
        break;
      }
      options = with(options, kind, bytes, at, length);
      at += length;
    }
    return options;
  }

  /**
   * Returns {@code options} with the option at {@code at} added, or unchanged if that option is unknown, repeated or of
   * a wrong length.
   */
  private static TcpOptions with(TcpOptions options, int kind, ByteBuf bytes, int at, int length) {
    return switch (kind) {
      case MSS -> length == 4 && !options.hasMss() ? options.withMss(bytes.getUnsignedShort(at + 2)) : options;
      case WINDOW_SCALE -> length == 3 && !options.hasWindowScale()
          ? options.withWindowScale(bytes.getUnsignedByte(at + 2))
          : options;
      case SACK_PERMITTED -> length == 2 ? options.withSackPermitted() : options;
      case SACK -> length >= 10 && length % 8 == 2 && options.sackBlocks().length == 0
          ? options.withSackBlocks(edges(bytes, at + 2, (length - 2) / 4))
          : options;
      case TIMESTAMPS -> length == 10 && !options.hasTimestamps()
          ? options.withTimestamps(bytes.getInt(at + 2), bytes.getInt(at + 6))
          : options;
      case USER_TIMEOUT -> length == 4 && !options.hasUserTimeout()
          ? options.withUserTimeout(seconds(bytes.getUnsignedShort(at + 2)))
          : options;
      case FAST_OPEN -> isCookieLength(length - 2) && options.fastOpenCookie() == null
          ? options.withFastOpenCookie(octets(bytes, at + 2, length - 2))
          : options;
      default -> options;
    };
  }

  private static int seconds(int field) {
    int value = field & MAX_USER_TIMEOUT;
    return (field & MINUTES) != 0 ? 60 * value : value;
  }

  private static int userTimeoutField(int seconds) {
    return seconds <= MAX_USER_TIMEOUT
        ? seconds
        : MINUTES | Math.min(Math.ceilDiv(seconds, 60), MAX_USER_TIMEOUT);
  }

  // RFC 7413 4.1.1: an even number of octets, 4 to 16; an empty option requests a cookie.
  private static boolean isCookieLength(int length) {
    return length == 0 || length >= 4 && length <= MAX_COOKIE && length % 2 == 0;
  }

  private static byte[] octets(ByteBuf bytes, int at, int length) {
    byte[] octets = new byte[length];
    bytes.getBytes(at, octets);
    return octets;
  }

  private static int[] edges(ByteBuf bytes, int at, int count) {
    int[] edges = new int[count];
    Arrays.setAll(edges, i -> bytes.getInt(at + 4 * i));
    return edges;
  }

  /** The number of octets that {@link #encode} writes: a multiple of 4, at most 40. */
  static int length(TcpOptions options) {
    return fixedLength(options) + sackLength(options);
  }

  private static int fixedLength(TcpOptions options) {
    int length = options.hasMss() ? 4 : 0;
    if (options.hasTimestamps()) {
      length += TIMESTAMPS_BYTES;
    } else if (options.sackPermitted()) {
      length += 4;
    }
    if (options.hasWindowScale()) {
      length += 4;
    }
    if (options.rare().equals(TcpOptions.Rare.NONE)) {
      return length;
    }
    byte[] cookie = options.fastOpenCookie();
    return length + (options.hasUserTimeout() ? 4 : 0) + (cookie == null ? 0 : padded(2 + cookie.length));
  }

  private static int padded(int length) {
    return (length + 3) & ~3;
  }

  // RFC 2018 3: as many blocks as fit, most recent first. Without space for one block the option is left out.
  private static int sackLength(TcpOptions options) {
    int blocks = Math.min(options.sackBlocks().length / 2, (TcpOptions.MAX_BYTES - fixedLength(options) - 4) / 8);
    return blocks > 0 ? 4 + 8 * blocks : 0;
  }

  /**
   * Writes the options at {@code start}, each group aligned to four bytes: MSS; SACK-permitted and timestamps, where
   * SACK-permitted takes the place of the padding; window scale; user timeout; Fast Open cookie; SACK blocks.
   */
  static void encode(TcpOptions options, ByteBuf bytes, int start) {
    int at = start;
    if (options.hasMss()) {
      bytes.setInt(at, MSS << 24 | 4 << 16 | options.mss());
      at += 4;
    }
    if (options.sackPermitted() || options.hasTimestamps()) {
      int first = options.sackPermitted() ? SACK_PERMITTED << 8 | 2 : NOP << 8 | NOP;
      int second = options.hasTimestamps() ? TIMESTAMPS << 8 | 10 : SACK_PERMITTED << 8 | 2;
      bytes.setInt(at, (options.hasTimestamps() ? first : NOP << 8 | NOP) << 16 | second);
      at += 4;
    }
    if (options.hasTimestamps()) {
      bytes.setLong(at, (long) options.tsVal() << Integer.SIZE | options.tsEcr() & 0xffff_ffffL);
      at += 8;
    }
    if (options.hasWindowScale()) {
      bytes.setInt(at, NOP << 24 | WINDOW_SCALE << 16 | 3 << 8 | options.windowScale());
      at += 4;
    }
    if (!options.rare().equals(TcpOptions.Rare.NONE)) {
      at = encodeRare(options, bytes, at);
    }
    encodeSack(options, bytes, at);
  }

  private static int encodeRare(TcpOptions options, ByteBuf bytes, int start) {
    int at = start;
    if (options.hasUserTimeout()) {
      bytes.setInt(at, USER_TIMEOUT << 24 | 4 << 16 | userTimeoutField(options.userTimeout()));
      at += 4;
    }
    byte[] cookie = options.fastOpenCookie();
    if (cookie != null) {
      int end = at + padded(2 + cookie.length);
      while (at < end - 2 - cookie.length) {
        bytes.setByte(at++, NOP);
      }
      bytes.setByte(at, FAST_OPEN);
      bytes.setByte(at + 1, 2 + cookie.length);
      bytes.setBytes(at + 2, cookie);
      at = end;
    }
    return at;
  }

  private static void encodeSack(TcpOptions options, ByteBuf bytes, int at) {
    int length = sackLength(options);
    if (length == 0) {
      return;
    }
    bytes.setInt(at, NOP << 24 | NOP << 16 | SACK << 8 | length - 2);
    for (int i = 0; 4 + 4 * i < length; i++) {
      bytes.setInt(at + 4 + 4 * i, options.sackBlocks()[i]);
    }
  }
}
