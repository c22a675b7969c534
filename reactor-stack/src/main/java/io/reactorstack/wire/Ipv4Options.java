package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Ipv4Address;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The options of IPv4 headers (RFC 791 section 3.1): checked when a packet comes in, and recorded in the reply to an echo
 * request (RFC 1122 section 3.2.2.6).
 */
public final class Ipv4Options {

  private static final int END_OF_OPTIONS = 0;
  private static final int NO_OPERATION = 1;
  private static final int RECORD_ROUTE = 7;
  private static final int TIMESTAMP = 68;
  private static final int LOOSE_SOURCE_ROUTE = 131;
  private static final int STRICT_SOURCE_ROUTE = 137;

  private static final int ADDRESS = 4;

  /** Octets of type, length and pointer, before the first address of a recorded route. */
  private static final int ROUTE_HEADER = 3;
  /** As {@link #ROUTE_HEADER}, and the octet with overflow and flag. */
  private static final int TIMESTAMP_HEADER = 4;

  private static final int TIMESTAMPS_ONLY = 0;
  private static final int WITH_ADDRESSES = 1;
  private static final int PRESPECIFIED = 3;
  private static final int MAXIMUM_OVERFLOW = 15;

  /** RFC 791: a time of day in other units, or not counted from midnight UT. */
  private static final int NON_STANDARD_TIME = 0x8000_0000;

  /**
   * A reason to drop a packet because of an option.
   *
   * @param reason counted
   * @param position of the octet at fault in the buffer, or -1 if the sender is not told
   */
  public record Defect(IpDefect reason, int position) {}

  private Ipv4Options() {}

  /** Returns the first defect of the options from index {@code from} to {@code end}, or {@code null}. */
  public static @Nullable Defect defect(ByteBuf bytes, int from, int end) {
    int at = from;
    while (at < end) {
      int type = bytes.getUnsignedByte(at);
      if (type == END_OF_OPTIONS) {
        return null;
      }
      if (type == NO_OPERATION) {
        at++;
        continue;
      }
      int length = at + 1 < end ? bytes.getUnsignedByte(at + 1) : 0;
      if (length < 2 || at + length > end) {
        return new Defect(IpDefect.BAD_OPTION, at);
      }
      int fault = switch (type) {
        case RECORD_ROUTE -> faultOfRoute(bytes, at, length);
        case TIMESTAMP -> faultOfTimestamp(bytes, at, length);
        default -> -1;
      };
      if (fault >= 0) {
        return new Defect(IpDefect.BAD_OPTION, fault);
      }
      // RFC 7126 4.3, 4.4: dropped, and nobody is told that the host is there.
      if (type == LOOSE_SOURCE_ROUTE || type == STRICT_SOURCE_ROUTE) {
        return new Defect(IpDefect.SOURCE_ROUTE, -1);
      }
      at += length;
    }
    return null;
  }

  /** Returns the position of the octet that cannot be in the recorded route at {@code at}, or -1. */
  private static int faultOfRoute(ByteBuf bytes, int at, int length) {
    if (length < ROUTE_HEADER) {
      return at + 1;
    }
    int pointer = bytes.getUnsignedByte(at + 2);
    // RFC 791: room for a part of an address is an error, no room is not.
    boolean part = pointer <= length && pointer - 1 + ADDRESS > length;
    return pointer <= ROUTE_HEADER || part ? at + 2 : -1;
  }

  private static int faultOfTimestamp(ByteBuf bytes, int at, int length) {
    if (length < TIMESTAMP_HEADER) {
      return at + 1;
    }
    int pointer = bytes.getUnsignedByte(at + 2);
    int fourth = bytes.getUnsignedByte(at + 3);
    if (pointer <= length) {
      boolean part = pointer - 1 + entry(fourth & 0xf) > length;
      return pointer <= TIMESTAMP_HEADER || part ? at + 2 : -1;
    }
    // RFC 791: a full option counts the hosts that found no room; the count must not overflow.
    return fourth >>> 4 == MAXIMUM_OVERFLOW ? at + 3 : -1;
  }

  private static int entry(int flag) {
    return flag == TIMESTAMPS_ONLY ? ADDRESS : 2 * ADDRESS;
  }

  /**
   * Returns the recorded route and the timestamps of a received packet with {@code here} added to them, padded to whole words;
   * without such options an empty array.
   *
   * @param bytes the packet; its options were found right when it came in
   * @param headerEnd the index behind its header
   * @param headerLength octets of its header
   * @param now the host's time in milliseconds from any beginning
   */
  public static byte[] recorded(ByteBuf bytes, int headerEnd, int headerLength, Ipv4Address here, long now) {
    byte[] reply = new byte[headerLength - Ipv4Header.MINIMUM];
    int length = 0;
    int at = headerEnd - reply.length;
    while (at < headerEnd && bytes.getByte(at) != END_OF_OPTIONS) {
      int type = bytes.getUnsignedByte(at);
      int size = type == NO_OPERATION ? 1 : bytes.getUnsignedByte(at + 1);
      if (type == RECORD_ROUTE || type == TIMESTAMP) {
        bytes.getBytes(at, reply, length, size);
        if (type == RECORD_ROUTE) {
          addToRoute(reply, length, here);
        } else {
          addTimestamp(reply, length, here, (int) now | NON_STANDARD_TIME);
        }
        length += size;
      }
      at += size;
    }
    // The end-of-options octet is zero.
    return Arrays.copyOf(reply, (length + 3) / 4 * 4);
  }

  private static void addToRoute(byte[] options, int at, Ipv4Address here) {
    int pointer = options[at + 2] & 0xff;
    if (pointer <= (options[at + 1] & 0xff)) {
      put(options, at + pointer - 1, here.bits());
      options[at + 2] = (byte) (pointer + ADDRESS);
    }
  }

  private static void addTimestamp(byte[] options, int at, Ipv4Address here, int time) {
    int pointer = options[at + 2] & 0xff;
    int flag = options[at + 3] & 0xf;
    if (pointer > (options[at + 1] & 0xff)) {
      options[at + 3] = (byte) ((options[at + 3] & 0xff) + (1 << 4));
      return;
    }
    int slot = at + pointer - 1;
    switch (flag) {
      case TIMESTAMPS_ONLY -> put(options, slot, time);
      case WITH_ADDRESSES -> {
        put(options, slot, here.bits());
        put(options, slot + ADDRESS, time);
      }
      case PRESPECIFIED -> {
        // RFC 791: a host registers its time only behind its own address.
        if (get(options, slot) != here.bits()) {
          return;
        }
        put(options, slot + ADDRESS, time);
      }
      default -> {
        return;
      }
    }
    options[at + 2] = (byte) (pointer + entry(flag));
  }

  private static void put(byte[] options, int at, int value) {
    for (int i = 0; i < ADDRESS; i++) {
      options[at + i] = (byte) (value >>> 24 - 8 * i);
    }
  }

  private static int get(byte[] options, int at) {
    int value = 0;
    for (int i = 0; i < ADDRESS; i++) {
      value = value << 8 | options[at + i] & 0xff;
    }
    return value;
  }
}
