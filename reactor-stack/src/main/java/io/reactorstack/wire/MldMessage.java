package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.Rejections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A message of MLD, of either version (RFC 3810 sections 5 and 8.1). MLD messages are ICMPv6 messages with types of
 * their own.
 *
 * @param body the content, without the details of MLD
 */
public record MldMessage(GroupMessage body) {

  private static final int QUERY = 130;
  private static final int REPORT_V1 = 131;
  private static final int DONE = 132;
  private static final int REPORT_V2 = 143;

  /** The ICMPv6 message types of MLD. */
  public static final List<Integer> TYPES = List.of(QUERY, REPORT_V1, DONE, REPORT_V2);

  private static final int HEADER = 8;
  private static final int OLD_LENGTH = 24;
  private static final int QUERY_V2_LENGTH = 28;
  private static final int FIRST_FLOATING = 32768;

  private static final GroupWire WIRE = new GroupWire(Ipv6Address.LENGTH);

  /**
   * Returns whether the ICMPv6 message at the reader index of {@code bytes} has a type of MLD; does not move the
   * indices.
   */
  public static boolean isIn(ByteBuf bytes) {
    return bytes.isReadable() && TYPES.contains((int) bytes.getUnsignedByte(bytes.readerIndex()));
  }

  /**
   * Parses the message in the readable bytes; does not move the indices.
   *
   * @param carrier the packet that carries the message
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable MldMessage parse(ByteBuf bytes, EnclosingPacket carrier, Rejections rejections) {
    GroupMessage body = body(bytes, carrier, rejections);
    return body == null ? null : new MldMessage(body);
  }

  private static @Nullable GroupMessage body(ByteBuf bytes, EnclosingPacket carrier, Rejections rejections) {
    int at = bytes.readerIndex();
    int length = bytes.readableBytes();
    if (length < HEADER) {
      rejections.count(GroupDefect.TOO_SHORT);
      return null;
    }
    long pseudo = Checksum.pseudoHeader(carrier.source(), carrier.destination(), IpProtocol.ICMPV6, length);
    if (!Checksum.verifies(pseudo + Checksum.sum(bytes, at, length))) {
      rejections.count(GroupDefect.BAD_CHECKSUM);
      return null;
    }
    int type = bytes.getUnsignedByte(at);
    if (type == REPORT_V2) {
      return report(bytes, rejections);
    }
    if (length < OLD_LENGTH) {
      rejections.count(GroupDefect.BAD_LENGTH);
      return null;
    }
    IpAddress group = WIRE.address(bytes, at + HEADER);
    if (!group.isMulticast() && !(type == QUERY && group.isUnspecified())) {
      rejections.count(GroupDefect.BAD_GROUP);
      return null;
    }
    return switch (type) {
      case QUERY -> query(bytes, group, rejections);
      case REPORT_V1 -> new GroupMessage.Joined(Compatibility.GROUPS, group);
      case DONE -> new GroupMessage.Left(group);
      default -> {
        rejections.count(GroupDefect.UNKNOWN_TYPE);
        yield null;
      }
    };
  }

  private static @Nullable GroupMessage query(
      ByteBuf bytes, IpAddress group, Rejections rejections) {
    int at = bytes.readerIndex();
    int length = bytes.readableBytes();
    int code = bytes.getUnsignedShort(at + 4);
    if (length == OLD_LENGTH) {
      return new GroupMessage.Query(Compatibility.GROUPS, group, List.of(), millis(code), 0);
    }
    List<IpAddress> sources = length < QUERY_V2_LENGTH
        ? null
        : WIRE.addresses(bytes, at + QUERY_V2_LENGTH, bytes.getUnsignedShort(at + 26), bytes.writerIndex());
    if (sources == null) {
      rejections.count(GroupDefect.BAD_LENGTH);
      return null;
    }
    return new GroupMessage.Query(
        Compatibility.SOURCES, group, sources, millis(responseTime(code)), bytes.getByte(at + 24) & 7);
  }

  /**
   * Decodes the response time, in milliseconds. RFC 3810 5.1.3: a code of 32768 or more is a floating-point value of
   * three bits of exponent and twelve bits of mantissa.
   */
  private static int responseTime(int code) {
    return code < FIRST_FLOATING ? code : (code & 0xfff | 0x1000) << ((code >>> 12 & 7) + 3);
  }

  private static long millis(int number) {
    return TimeUnit.MILLISECONDS.toNanos(number);
  }

  private static @Nullable GroupMessage report(ByteBuf bytes, Rejections rejections) {
    int at = bytes.readerIndex();
    List<GroupRecord> records = WIRE
        .records(bytes, at + HEADER, bytes.getUnsignedShort(at + 6), bytes.writerIndex());
    if (records == null) {
      rejections.count(GroupDefect.BAD_LENGTH);
      return null;
    }
    return new GroupMessage.Report(records);
  }

  /**
   * Writes the message with the checksum in front of {@code bytes}, which must be empty. The querier's query interval
   * code of a written query is 0.
   *
   * @param source the source address of the packet
   * @param destination the destination address of the packet
   * @throws IndexOutOfBoundsException if the headroom is shorter than {@link #length} octets
   */
  public void write(ByteBuf bytes, IpAddress source, IpAddress destination) {
    int octets = length();
    int at = Headroom.prepend(bytes, octets);
    int end = bytes.writerIndex();
    bytes.writerIndex(at);
    switch (body) {
      case GroupMessage.Query query -> writeQuery(bytes, query);
      case GroupMessage.Report report -> {
        bytes.writeByte(REPORT_V2).writeByte(0).writeInt(0).writeShort(report.records().size());
        WIRE.write(bytes, report.records());
      }
      case GroupMessage.Joined joined -> writeOld(bytes, REPORT_V1, 0, joined.group());
      case GroupMessage.Left left -> writeOld(bytes, DONE, 0, left.group());
    }
    bytes.writerIndex(end);
    long pseudo = Checksum.pseudoHeader(source, destination, IpProtocol.ICMPV6, octets);
    bytes.setShort(at + 2, Checksum.finish(pseudo + Checksum.sum(bytes, at, octets)));
  }

  private static void writeQuery(ByteBuf bytes, GroupMessage.Query query) {
    int millis = (int) Math.min(query.maxResponse() / millis(1), responseTime(0xffff));
    boolean sources = query.generation() == Compatibility.SOURCES;
    writeOld(bytes, QUERY, sources ? code(millis) : Math.min(millis, 0xffff), query.group());
    if (sources) {
      bytes.writeByte(query.robustness()).writeByte(0).writeShort(query.sources().size());
      query.sources().forEach(source -> WIRE.write(bytes, source));
    }
  }

  /** Encodes the longest response time that does not exceed {@code millis}; the inverse of {@link #responseTime}. */
  private static int code(int millis) {
    if (millis < FIRST_FLOATING) {
      return millis;
    }
    int exponent = 31 - Integer.numberOfLeadingZeros(millis) - 15;
    return FIRST_FLOATING | exponent << 12 | millis >>> exponent + 3 & 0xfff;
  }

  private static void writeOld(ByteBuf bytes, int type, int responseCode, IpAddress group) {
    bytes.writeByte(type).writeByte(0).writeShort(0).writeShort(responseCode).writeShort(0);
    WIRE.write(bytes, group);
  }

  /** The length of the message, in octets. */
  public int length() {
    return switch (body) {
      case GroupMessage.Report report -> HEADER + WIRE.length(report.records());
      case GroupMessage.Query query when query.generation() == Compatibility.SOURCES ->
        QUERY_V2_LENGTH + Ipv6Address.LENGTH * query.sources().size();
      default -> OLD_LENGTH;
    };
  }

  @Override
  public String toString() {
    return GroupTexts.of(body, "MLD", 1);
  }
}
