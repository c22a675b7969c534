package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.Rejections;
import org.jspecify.annotations.Nullable;

/**
 * The fragment header of IPv6 (RFC 8200 section 4.5).
 *
 * @param nextHeader the type of the first header behind this one in the whole packet, 0 to 255; it counts only in the
 *     first fragment
 * @param fragmentOffset the offset of this fragment's data in octets; 0 to 65528, a multiple of 8
 * @param moreFragments true if fragments follow this one
 * @param identification identifies the packet among those that its source has recently sent to its destination
 */
public record Ipv6FragmentHeader(int nextHeader, int fragmentOffset, boolean moreFragments, int identification) {

  /** The length of the header, in octets. */
  public static final int LENGTH = 8;

  private static final int OFFSET = 0xfff8;
  private static final int MORE = 1;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if the next header or the offset is out of range
   */
  public Ipv6FragmentHeader {
    if ((nextHeader & ~0xff) != 0 || (fragmentOffset & ~OFFSET) != 0) {
      throw new IllegalArgumentException("no fragment header: next " + nextHeader + ", offset " + fragmentOffset);
    }
  }

  /**
   * Parses the header at the reader index of {@code bytes}; does not move the indices. The reserved fields are ignored.
   *
   * @param rejections counts {@link IpDefect#BAD_EXTENSION} if the result is {@code null}: the header is cut off
   */
  public static @Nullable Ipv6FragmentHeader parse(ByteBuf bytes, Rejections rejections) {
    if (bytes.readableBytes() < LENGTH) {
      rejections.count(IpDefect.BAD_EXTENSION);
      return null;
    }
    return at(bytes, bytes.readerIndex());
  }

  /** Reads the header at the index {@code at}, which the caller has found to be complete. */
  static Ipv6FragmentHeader at(ByteBuf bytes, int at) {
    int field = bytes.getUnsignedShort(at + 2);
    return new Ipv6FragmentHeader(
        bytes.getUnsignedByte(at), field & OFFSET, (field & MORE) != 0, bytes.getInt(at + 4));
  }

  /** Returns whether the header belongs to a packet that was not divided (RFC 6946). */
  public boolean isAtomic() {
    return fragmentOffset == 0 && !moreFragments;
  }

  /** The length of the header in octets: {@link #LENGTH}. */
  public int length() {
    return LENGTH;
  }

  /**
   * Writes the header in front of the readable bytes, the data of the fragment.
   *
   * @throws IndexOutOfBoundsException if the headroom is too short
   */
  public void write(ByteBuf bytes) {
    int at = Headroom.prepend(bytes, LENGTH);
    bytes.setShort(at, nextHeader << 8);
    bytes.setShort(at + 2, fragmentOffset | (moreFragments ? MORE : 0));
    bytes.setInt(at + 4, identification);
  }

  @Override
  public String toString() {
    return "fragment at " + fragmentOffset + (moreFragments ? "+" : "") + " id "
        + Integer.toUnsignedString(identification) + " next " + nextHeader;
  }
}
