package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum of 16-bit words.
 *
 * <p>Partial sums are unfolded {@code long}s of big-endian words; the caller adds them up and folds the total once.
 */
public final class Checksum {

  /** Up to this length, in bytes, reading the words one by one is faster than making a view of the memory. */
  private static final int SHORT = 64;

  private Checksum() {}

  /**
   * Returns the unfolded sum of the {@code length} bytes at {@code index}. An odd last byte counts as the high byte of
   * a word whose low byte is zero.
   *
   * <p>The bytes of a long range are summed as little-endian 32-bit words: the sum is independent of the byte order
   * except for one swap at the end (RFC 1071 section 2 (B)), and the JIT compiler vectorises this loop.
   */
  public static long sum(ByteBuf buffer, int index, int length) {
    if (buffer instanceof OneRange range) {
      Objects.checkFromIndexSize(index, length, buffer.capacity());
      return sumLittleEndian(range.littleEndian(), index, length);
    }
    if (length <= SHORT) {
      return sumByWords(buffer, index, length);
    }
    if (buffer.nioBufferCount() != 1) {
      return sumOfParts(buffer, index, length);
    }
    // Not the view that the buffer keeps for itself: several threads may read the buffer.
    ByteBuffer words = buffer.nioBuffer(index, length).order(ByteOrder.LITTLE_ENDIAN);
    return sumLittleEndian(words, words.position(), length);
  }

  private static long sumOfParts(ByteBuf buffer, int index, int length) {
    long sum = 0;
    int done = 0;
    for (ByteBuffer part : buffer.nioBuffers(index, length)) {
      int octets = part.remaining();
      long ofPart = sumLittleEndian(part.order(ByteOrder.LITTLE_ENDIAN), part.position(), octets);
      sum += (done & 1) == 0 ? ofPart : swapped(ofPart);
      done += octets;
    }
    return sum;
  }

  /**
   * Returns a sum of 16 bits with its octets swapped: that of the same octets behind an odd number of others, where they
   * are the other halves of the words (RFC 1071 section 2 (B)).
   */
  public static long swapped(long sum) {
    return Short.reverseBytes((short) sum) & 0xffff;
  }

  /**
   * Returns the sum of the {@code length} bytes at index {@code from} of {@code words}, as {@link #sum} does, between 0
   * and 0xffff.
   *
   * @param words a buffer with the byte order {@link ByteOrder#LITTLE_ENDIAN}
   */
  public static long sumLittleEndian(ByteBuffer words, int from, int length) {
    int wordsEnd = from + (length & ~3);
    long sum;
    if (!words.isDirect()) {
      sum = sumOfHeap(words, from, wordsEnd);
    } else if (words.isReadOnly()) {
      sum = sumOfReadOnly(words, from, wordsEnd);
    } else {
      sum = sumOfDirect(words, from, wordsEnd);
    }
    int rest = length & 3;
    if (rest >= 2) {
      sum += words.getShort(wordsEnd) & 0xffff;
    }
    if ((rest & 1) != 0) {
      sum += words.get(from + length - 1) & 0xff;
    }
    return swapped(fold(sum));
  }

  // One method for each class of ByteBuffer: the compiler makes a vector loop of a method that has only seen one or two,
  // and a call for each word, which takes twenty times as long, of a method that has seen more.

  private static long sumOfDirect(ByteBuffer memory, int from, int end) {
    ByteBuffer words = memory.order(ByteOrder.LITTLE_ENDIAN);
    long sum = 0;
    for (int i = from; i < end; i += 4) {
      sum += words.getInt(i) & 0xffff_ffffL;
    }
    return sum;
  }

  private static long sumOfReadOnly(ByteBuffer memory, int from, int end) {
    ByteBuffer words = memory.order(ByteOrder.LITTLE_ENDIAN);
    long sum = 0;
    for (int i = from; i < end; i += 4) {
      sum += words.getInt(i) & 0xffff_ffffL;
    }
    return sum;
  }

  private static long sumOfHeap(ByteBuffer memory, int from, int end) {
    ByteBuffer words = memory.order(ByteOrder.LITTLE_ENDIAN);
    long sum = 0;
    for (int i = from; i < end; i += 4) {
      sum += words.getInt(i) & 0xffff_ffffL;
    }
    return sum;
  }

  private static long sumByWords(ByteBuf buffer, int index, int length) {
    long sum = 0;
    int i = index;
    for (int end = index + (length & ~3); i < end; i += 4) {
      sum += buffer.getUnsignedInt(i);
    }
    if ((length & 2) != 0) {
      sum += buffer.getUnsignedShort(i);
      i += 2;
    }
    return (length & 1) == 0 ? sum : sum + (buffer.getUnsignedByte(i) << 8);
  }

  /**
   * Returns the unfolded sum of the pseudo-header of a TCP segment, a UDP datagram or an ICMPv6 message (RFC 9293
   * section 3.1, RFC 768, RFC 8200 section 8.1). {@code length} is that of the segment, datagram or message, in bytes.
   */
  public static long pseudoHeader(IpAddress source, IpAddress destination, int protocol, int length) {
    return source.wordSum() + destination.wordSum() + protocol + (length >>> 16) + (length & 0xffff);
  }

  /** Folds a sum into 16 bits, 0 to 0xffff. */
  public static int fold(long sum) {
    long s = (sum >>> 32) + (sum & 0xffff_ffffL);
    s = (s >>> 16) + (s & 0xffff);
    s = (s >>> 16) + (s & 0xffff);
    return (int) ((s >>> 16) + (s & 0xffff));
  }

  /** Returns the value of the checksum field for bytes whose sum, with the field set to zero, is {@code sum}. */
  public static int finish(long sum) {
    return ~fold(sum) & 0xffff;
  }

  /**
   * Returns the change of a sum in which the 16-bit word {@code before} becomes {@code after}. Changes are unfolded; the
   * caller adds up those of all words and passes the total to {@link #update}.
   */
  public static long change(int before, int after) {
    return (~before & 0xffffL) + (after & 0xffff);
  }

  /**
   * Returns the value of the checksum field {@code checksum} after changes of the bytes that it covers (RFC 1624
   * section 3, equation 3). A wrong checksum remains wrong.
   *
   * @param changes the total of the changes of all words, see {@link #change}
   */
  public static int update(int checksum, long changes) {
    return finish((~checksum & 0xffff) + changes);
  }

  /** Returns whether the checksum is correct; {@code sum} covers all bytes including the checksum field. */
  public static boolean verifies(long sum) {
    return fold(sum) == 0xffff;
  }
}
