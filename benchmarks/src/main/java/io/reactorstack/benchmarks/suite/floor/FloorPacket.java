package io.reactorstack.benchmarks.suite.floor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The format of an IPv4 packet with a TCP segment, without options. All methods take the memory and the offset of the IP
 * header in it.
 */
public final class FloorPacket {

  /** The length of the IP header. */
  public static final int IP = 20;

  /** The length of both headers. */
  public static final int HEADERS = 40;

  /** The data of a full segment on Ethernet. */
  public static final int MSS = 1460;

  /** The flag FIN. */
  public static final int FIN = 0x01;
  /** The flag SYN. */
  public static final int SYN = 0x02;
  /** The flag RST. */
  public static final int RST = 0x04;
  /** The flag PSH. */
  public static final int PSH = 0x08;
  /** The flag ACK. */
  public static final int ACK = 0x10;

  private static final ValueLayout.OfShort SHORT = JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int TCP_PROTOCOL = 6;
  private static final int LENGTH = 2;
  private static final int PROTOCOL = 9;
  private static final int IP_CHECKSUM = 10;
  private static final int ADDRESSES = 12;
  private static final int SOURCE_PORT = 20;
  private static final int DESTINATION_PORT = 22;
  private static final int SEQ = 24;
  private static final int ACK_NUMBER = 28;
  private static final int DATA_OFFSET = 32;
  private static final int FLAGS = 33;
  private static final int WINDOW = 34;

  /** The offset of the TCP checksum from the IP header. */
  static final int TCP_CHECKSUM = 36;

  private static final int TCP = 20;
  /** The length of the options of {@link #syn}. */
  static final int SYN_OPTIONS = 8;

  private static final int MSS_OPTION = 0x0204_0000 | MSS;
  private static final int SCALE_OPTION = 0x0303_0001; // followed by a padding
  private static final int END_KIND = 0;
  private static final int PADDING_KIND = 1;
  private static final int SCALE_KIND = 3;

  private static final int BYTE = 0xff;
  private static final int WORD = 0xffff;
  private static final long UNSIGNED = 0xffffffffL;

  private FloorPacket() {}

  /** Writes the fields that stay the same for all packets of a flow. */
  public static void flow(MemorySegment memory, long at, int source, int destination, int sourcePort,
      int destinationPort) {
    memory.asSlice(at, HEADERS).fill((byte) 0);
    memory.set(JAVA_BYTE, at, (byte) 0x45);
    memory.set(SHORT, at + 6, (short) 0x4000); // do not fragment
    memory.set(JAVA_BYTE, at + 8, (byte) 64); // time to live
    memory.set(JAVA_BYTE, at + PROTOCOL, (byte) TCP_PROTOCOL);
    memory.set(INT, at + ADDRESSES, source);
    memory.set(INT, at + ADDRESSES + 4, destination);
    memory.set(SHORT, at + SOURCE_PORT, (short) sourcePort);
    memory.set(SHORT, at + DESTINATION_PORT, (short) destinationPort);
    memory.set(JAVA_BYTE, at + DATA_OFFSET, (byte) 0x50);
  }

  /** Writes the fields of one segment, without the TCP checksum. The data is in place behind the headers. */
  public static void segment(MemorySegment memory, long at, int seq, int ack, int flags, int window, int data) {
    memory.set(SHORT, at + LENGTH, (short) (HEADERS + data));
    memory.set(SHORT, at + IP_CHECKSUM, (short) 0);
    memory.set(JAVA_SHORT_UNALIGNED, at + IP_CHECKSUM, complement(sum(memory, at, IP)));
    memory.set(INT, at + SEQ, seq);
    memory.set(INT, at + ACK_NUMBER, ack);
    memory.set(JAVA_BYTE, at + FLAGS, (byte) flags);
    memory.set(SHORT, at + WINDOW, (short) window);
  }

  /** Writes other ports into a packet of {@link #flow}. */
  static void ports(MemorySegment memory, long at, int source, int destination) {
    memory.set(SHORT, at + SOURCE_PORT, (short) source);
    memory.set(SHORT, at + DESTINATION_PORT, (short) destination);
  }

  /** Writes a SYN with the MSS of Ethernet and a window scale, which must be followed by {@link #noOptions}. */
  static void syn(MemorySegment memory, long at, int seq, int ack, int flags, int window, int scale) {
    memory.set(JAVA_BYTE, at + DATA_OFFSET, (byte) ((TCP + SYN_OPTIONS) << 2));
    memory.set(INT, at + HEADERS, MSS_OPTION);
    memory.set(INT, at + HEADERS + 4, SCALE_OPTION | scale << Byte.SIZE);
    segment(memory, at, seq, ack, flags | SYN, window, SYN_OPTIONS);
    checksum(memory, at);
  }

  /** Ends the options of {@link #syn}: the next segment has none. */
  static void noOptions(MemorySegment memory, long at) {
    memory.set(JAVA_BYTE, at + DATA_OFFSET, (byte) (TCP << 2));
  }

  /** Returns the window scale of a SYN, or 0 if it has none. */
  static int scale(MemorySegment memory, long at) {
    long option = at + HEADERS;
    long end = at + headers(memory, at);
    while (option < end) {
      int kind = memory.get(JAVA_BYTE, option);
      if (kind == END_KIND) {
        return 0;
      }
      if (kind == SCALE_KIND) {
        return memory.get(JAVA_BYTE, option + 2);
      }
      option += kind == PADDING_KIND ? 1 : Math.max(2, memory.get(JAVA_BYTE, option + 1));
    }
    return 0;
  }

  /** Writes the TCP checksum of a segment whose data has the sum {@code data}. */
  static void checksum(MemorySegment memory, long at, long data) {
    memory.set(SHORT, at + TCP_CHECKSUM, (short) 0);
    int tcp = length(memory, at) - IP;
    memory.set(JAVA_SHORT_UNALIGNED, at + TCP_CHECKSUM,
        complement(pseudoHeader(memory, at, tcp) + sum(memory, at + IP, TCP) + data));
  }

  /** Writes the TCP checksum. */
  public static void checksum(MemorySegment memory, long at) {
    memory.set(SHORT, at + TCP_CHECKSUM, (short) 0);
    int tcp = (memory.get(SHORT, at + LENGTH) & WORD) - IP;
    memory.set(JAVA_SHORT_UNALIGNED, at + TCP_CHECKSUM,
        complement(pseudoHeader(memory, at, tcp) + sum(memory, at + IP, tcp)));
  }

  /** Writes the sum of the pseudo-header in place of the TCP checksum: the device completes it. */
  public static void partialChecksum(MemorySegment memory, long at) {
    int tcp = (memory.get(SHORT, at + LENGTH) & WORD) - IP;
    memory.set(JAVA_SHORT_UNALIGNED, at + TCP_CHECKSUM, (short) ~complement(pseudoHeader(memory, at, tcp)));
  }

  /** Returns whether the lengths and the checksum of the IP header are right, and the segment is one of TCP. */
  public static boolean isTcp(MemorySegment memory, long at, int available) {
    return available >= HEADERS && memory.get(JAVA_BYTE, at) == 0x45 && length(memory, at) <= available
        && memory.get(JAVA_BYTE, at + PROTOCOL) == TCP_PROTOCOL && complement(sum(memory, at, IP)) == 0;
  }

  /** Returns whether the TCP checksum is right. */
  public static boolean isIntact(MemorySegment memory, long at) {
    int tcp = length(memory, at) - IP;
    return complement(pseudoHeader(memory, at, tcp) + sum(memory, at + IP, tcp)) == 0;
  }

  /** Returns the total length of the packet. */
  public static int length(MemorySegment memory, long at) {
    return memory.get(SHORT, at + LENGTH) & WORD;
  }

  /** Returns the offset of the data from the IP header. */
  public static int headers(MemorySegment memory, long at) {
    return IP + ((memory.get(JAVA_BYTE, at + DATA_OFFSET) >> 2) & 0x3c);
  }

  /** Returns the sequence number. */
  public static int seq(MemorySegment memory, long at) {
    return memory.get(INT, at + SEQ);
  }

  /** Returns the acknowledgement number. */
  public static int ack(MemorySegment memory, long at) {
    return memory.get(INT, at + ACK_NUMBER);
  }

  /** Returns the flags. */
  public static int flags(MemorySegment memory, long at) {
    return memory.get(JAVA_BYTE, at + FLAGS) & BYTE;
  }

  /** Returns the field of the window, without its scale. */
  public static int window(MemorySegment memory, long at) {
    return memory.get(SHORT, at + WINDOW) & WORD;
  }

  /** Returns the source port. */
  public static int sourcePort(MemorySegment memory, long at) {
    return memory.get(SHORT, at + SOURCE_PORT) & WORD;
  }

  /** Returns the destination port. */
  public static int destinationPort(MemorySegment memory, long at) {
    return memory.get(SHORT, at + DESTINATION_PORT) & WORD;
  }

  /** Returns the sum of the pseudo-header, in the words of this machine. */
  static long pseudoHeader(MemorySegment memory, long at, int tcp) {
    return (memory.get(JAVA_INT_UNALIGNED, at + ADDRESSES) & UNSIGNED)
        + (memory.get(JAVA_INT_UNALIGNED, at + ADDRESSES + 4) & UNSIGNED) + word(TCP_PROTOCOL) + word(tcp);
  }

  /** Returns the sum of {@code length} bytes, in the words of this machine: the order of the bytes does not matter. */
  static long sum(MemorySegment memory, long from, int length) {
    long sum = 0;
    int i = 0;
    for (; i <= length - Integer.BYTES; i += Integer.BYTES) {
      sum += memory.get(JAVA_INT_UNALIGNED, from + i) & UNSIGNED;
    }
    for (; i <= length - Short.BYTES; i += Short.BYTES) {
      sum += memory.get(JAVA_SHORT_UNALIGNED, from + i) & WORD;
    }
    return i < length ? sum + word((memory.get(JAVA_BYTE, from + i) & BYTE) << Byte.SIZE) : sum;
  }

  /** Returns the checksum of a sum, to be stored as a word of this machine; 0 if the sum includes a right checksum. */
  static short complement(long sum) {
    long folded = sum;
    while (folded >>> Short.SIZE != 0) {
      folded = (folded & WORD) + (folded >>> Short.SIZE);
    }
    return (short) ~folded;
  }

  /** Returns a word of the network in the order of this machine. */
  static long word(int value) {
    return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
        ? value & WORD
        : Short.reverseBytes((short) value) & WORD;
  }
}
