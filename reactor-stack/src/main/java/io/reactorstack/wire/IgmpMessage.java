package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Rejections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A message of IGMP, of any version (RFC 3376 sections 4 and 7.1).
 *
 * @param body the content, without the details of IGMP
 */
public record IgmpMessage(GroupMessage body) {

  private static final int QUERY = 0x11;
  private static final int REPORT_V1 = 0x12;
  private static final int REPORT_V2 = 0x16;
  private static final int LEAVE = 0x17;
  private static final int REPORT_V3 = 0x22;

  private static final int OLD_LENGTH = 8;
  private static final int QUERY_V3_LENGTH = 12;
  private static final int FIRST_FLOATING = 128;
  private static final int V1_RESPONSE_TENTHS = 100;

  private static final GroupWire WIRE = new GroupWire(Ipv4Address.LENGTH);

  /**
   * Parses the message in the readable bytes; does not move the indices.
   *
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable IgmpMessage parse(ByteBuf bytes, Rejections rejections) {
    GroupMessage body = body(bytes, rejections);
    return body == null ? null : new IgmpMessage(body);
  }

  private static @Nullable GroupMessage body(ByteBuf bytes, Rejections rejections) {
    int at = bytes.readerIndex();
    int length = bytes.readableBytes();
    if (length < OLD_LENGTH) {
      rejections.count(GroupDefect.TOO_SHORT);
      return null;
    }
    // RFC 3376 4.1.2, 4.1.10, 4.2.11: the checksum covers the whole payload, also the octets that are not parsed.
    if (!Checksum.verifies(Checksum.sum(bytes, at, length))) {
      rejections.count(GroupDefect.BAD_CHECKSUM);
      return null;
    }
    return switch (bytes.getUnsignedByte(at)) {
      case QUERY -> query(bytes, rejections);
      case REPORT_V3 -> report(bytes, rejections);
      case REPORT_V1, REPORT_V2, LEAVE -> old(bytes, rejections);
      default -> {
        rejections.count(GroupDefect.UNKNOWN_TYPE);
        yield null;
      }
    };
  }

  private static @Nullable GroupMessage query(ByteBuf bytes, Rejections rejections) {
    int at = bytes.readerIndex();
    int length = bytes.readableBytes();
    IpAddress group = WIRE.address(bytes, at + 4);
    if (!group.isUnspecified() && !group.isMulticast()) {
      rejections.count(GroupDefect.BAD_GROUP);
      return null;
    }
    int code = bytes.getUnsignedByte(at + 1);
    if (length == OLD_LENGTH) {
      // RFC 3376 7.2.1: a query whose response time is 0 is one of IGMPv1; the response time is ten seconds.
      return code == 0
          ? new GroupMessage.Query(Compatibility.JOINS, group, List.of(), tenths(V1_RESPONSE_TENTHS), 0)
          : new GroupMessage.Query(Compatibility.GROUPS, group, List.of(), tenths(code), 0);
    }
    List<IpAddress> sources = length < QUERY_V3_LENGTH
        ? null
        : WIRE.addresses(bytes, at + QUERY_V3_LENGTH, bytes.getUnsignedShort(at + 10), bytes.writerIndex());
    if (sources == null) {
      rejections.count(GroupDefect.BAD_LENGTH);
      return null;
    }
    return new GroupMessage.Query(
        Compatibility.SOURCES, group, sources, tenths(responseTime(code)), bytes.getByte(at + 8) & 7);
  }

  /**
   * Decodes the response time, in tenths of a second. RFC 3376 4.1.1: a code of 128 or more is a floating-point value
   * of three bits of exponent and four bits of mantissa.
   */
  private static int responseTime(int code) {
    return code < FIRST_FLOATING ? code : (code & 0xf | 0x10) << ((code >>> 4 & 7) + 3);
  }

  private static long tenths(int number) {
    return TimeUnit.MILLISECONDS.toNanos(100L * number);
  }

  private static @Nullable GroupMessage report(ByteBuf bytes, Rejections rejections) {
    int at = bytes.readerIndex();
    List<GroupRecord> records = WIRE
        .records(bytes, at + OLD_LENGTH, bytes.getUnsignedShort(at + 6), bytes.writerIndex());
    if (records == null) {
      rejections.count(GroupDefect.BAD_LENGTH);
      return null;
    }
    return new GroupMessage.Report(records);
  }

  private static @Nullable GroupMessage old(ByteBuf bytes, Rejections rejections) {
    IpAddress group = WIRE.address(bytes, bytes.readerIndex() + 4);
    if (!group.isMulticast()) {
      rejections.count(GroupDefect.BAD_GROUP);
      return null;
    }
    return switch (bytes.getUnsignedByte(bytes.readerIndex())) {
      case REPORT_V1 -> new GroupMessage.Joined(Compatibility.JOINS, group);
      case REPORT_V2 -> new GroupMessage.Joined(Compatibility.GROUPS, group);
      default -> new GroupMessage.Left(group);
    };
  }

  /**
   * Writes the message with the checksum in front of {@code bytes}, which must be empty. The field QQIC of a
   * query is written as 0, since this host is never a querier.
   *
   * @throws IndexOutOfBoundsException if the headroom is shorter than {@link #length} octets
   */
  public void write(ByteBuf bytes) {
    int octets = length();
    int at = Headroom.prepend(bytes, octets);
    int end = bytes.writerIndex();
    bytes.writerIndex(at);
    switch (body) {
      case GroupMessage.Query query -> writeQuery(bytes, query);
      case GroupMessage.Report report -> {
        bytes.writeByte(REPORT_V3).writeByte(0).writeInt(0).writeShort(report.records().size());
        WIRE.write(bytes, report.records());
      }
      case GroupMessage.Joined joined ->
        writeOld(bytes, joined.generation() == Compatibility.JOINS ? REPORT_V1 : REPORT_V2, 0, joined.group());
      case GroupMessage.Left left -> writeOld(bytes, LEAVE, 0, left.group());
    }
    bytes.writerIndex(end);
    bytes.setShort(at + 2, Checksum.finish(Checksum.sum(bytes, at, octets)));
  }

  private static void writeQuery(ByteBuf bytes, GroupMessage.Query query) {
    int tenths = (int) (query.maxResponse() / tenths(1));
    switch (query.generation()) {
      case JOINS -> writeOld(bytes, QUERY, 0, query.group());
      // A response time of 0 would make it an IGMPv1 query.
      case GROUPS -> writeOld(bytes, QUERY, Math.clamp(tenths, 1, 0xff), query.group());
      case SOURCES -> {
        writeOld(bytes, QUERY, code(tenths), query.group());
        bytes.writeByte(query.robustness()).writeByte(0).writeShort(query.sources().size());
        query.sources().forEach(source -> WIRE.write(bytes, source));
      }
    }
  }

  /** Encodes the longest response time that does not exceed {@code tenths}; the inverse of {@link #responseTime}. */
  private static int code(int tenths) {
    if (tenths < FIRST_FLOATING) {
      return tenths;
    }
    int capped = Math.min(tenths, responseTime(0xff));
    int exponent = 31 - Integer.numberOfLeadingZeros(capped) - 7;
    return FIRST_FLOATING | exponent << 4 | capped >>> exponent + 3 & 0xf;
  }

  private static void writeOld(ByteBuf bytes, int type, int code, IpAddress group) {
    bytes.writeByte(type).writeByte(code).writeShort(0);
    WIRE.write(bytes, group);
  }

  /** The length of the message, in octets. */
  public int length() {
    return switch (body) {
      case GroupMessage.Report report -> OLD_LENGTH + WIRE.length(report.records());
      case GroupMessage.Query query when query.generation() == Compatibility.SOURCES ->
        QUERY_V3_LENGTH + Ipv4Address.LENGTH * query.sources().size();
      default -> OLD_LENGTH;
    };
  }

  @Override
  public String toString() {
    return GroupTexts.of(body, "IGMP", 2);
  }
}
