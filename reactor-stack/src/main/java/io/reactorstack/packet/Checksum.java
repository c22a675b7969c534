package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum of 16-bit words.
 *
 * <p>Partial sums are plain {@code long}s of big-endian words, to be added up and folded once at the end.
 */
public final class Checksum {

  private Checksum() {}

  /**
   * The unfolded sum of the {@code length} bytes at {@code index}; an odd last byte counts as if a zero followed.
   *
   * <p>The bytes are summed as little-endian 32-bit words, since the sum is independent of byte order up to one swap at
   * the end (RFC 1071 section 2 (B)) and this loop is the one that the JIT vectorises.
   */
  public static long sum(ByteBuf buffer, int index, int length) {
    if (buffer.nioBufferCount() != 1) {
      return sumByWords(buffer, index, length);
    }
    ByteBuffer bytes = buffer.internalNioBuffer(index, length);
    ByteBuffer words = bytes.order() == ByteOrder.LITTLE_ENDIAN
        ? bytes
        : bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    return sumLittleEndian(words, words.position(), length);
  }

  private static long sumLittleEndian(ByteBuffer words, int from, int length) {
    int wordsEnd = from + (length & ~3);
    long sum = 0;
    for (int i = from; i < wordsEnd; i += 4) {
      sum += words.getInt(i) & 0xffff_ffffL;
    }
    int rest = length & 3;
    if (rest >= 2) {
      sum += words.getShort(wordsEnd) & 0xffff;
    }
    if ((rest & 1) != 0) {
      sum += words.get(from + length - 1) & 0xff;
    }
    return Short.reverseBytes((short) fold(sum)) & 0xffff;
  }

  private static long sumByWords(ByteBuf buffer, int index, int length) {
    long sum = 0;
    int end = index + (length & ~1);
    for (int i = index; i < end; i += 2) {
      sum += buffer.getUnsignedShort(i);
    }
    return (length & 1) == 0 ? sum : sum + (buffer.getUnsignedByte(end) << 8);
  }

  /** The sum of the pseudo-header of a TCP or UDP packet (RFC 9293 section 3.1, RFC 768, RFC 8200 section 8.1). */
  public static long pseudoHeader(IpAddress source, IpAddress destination, int protocol, int length) {
    return source.wordSum() + destination.wordSum() + protocol + (length >>> 16) + (length & 0xffff);
  }

  /** The folded sum, 0 to 0xffff. */
  public static int fold(long sum) {
    long s = (sum >>> 32) + (sum & 0xffff_ffffL);
    s = (s >>> 16) + (s & 0xffff);
    s = (s >>> 16) + (s & 0xffff);
    return (int) ((s >>> 16) + (s & 0xffff));
  }

  /** The checksum field that makes the bytes summed so far, with a zero field, verify. */
  public static int finish(long sum) {
    return ~fold(sum) & 0xffff;
  }

  /** Whether a sum that included the checksum field proves the bytes intact. */
  public static boolean verifies(long sum) {
    return fold(sum) == 0xffff;
  }
}
