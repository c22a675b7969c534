package io.reactorstack.multicast;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The messages of IGMP, all versions (RFC 3376 sections 4 and 7.1). */
public final class IgmpCodec {

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

  private IgmpCodec() {}

  /**
   * Reads the message between {@code bytes}' indices, which stay.
   *
   * @param rejected told once why, if the result is {@code null}
   */
  public static @Nullable GroupMessage parse(ByteBuf bytes, Consumer<? super DropReason> rejected) {
    int at = bytes.readerIndex();
    int length = bytes.readableBytes();
    if (length < OLD_LENGTH) {
      rejected.accept(MulticastDrop.TOO_SHORT);
      return null;
    }
    // RFC 3376 4.1.2, 4.1.10, 4.2.11: over all of the payload, whatever is read of it.
    if (!Checksum.verifies(Checksum.sum(bytes, at, length))) {
      rejected.accept(MulticastDrop.BAD_CHECKSUM);
      return null;
    }
    return switch (bytes.getUnsignedByte(at)) {
      case QUERY -> query(bytes, rejected);
      case REPORT_V3 -> report(bytes, rejected);
      case REPORT_V1, REPORT_V2, LEAVE -> old(bytes, rejected);
      default -> {
        rejected.accept(MulticastDrop.UNKNOWN_TYPE);
        yield null;
      }
    };
  }

  private static @Nullable GroupMessage query(ByteBuf bytes, Consumer<? super DropReason> rejected) {
    int at = bytes.readerIndex();
    int length = bytes.readableBytes();
    IpAddress group = WIRE.address(bytes, at + 4);
    if (!group.isUnspecified() && !group.isMulticast()) {
      rejected.accept(MulticastDrop.BAD_GROUP);
      return null;
    }
    int code = bytes.getUnsignedByte(at + 1);
    if (length == OLD_LENGTH) {
      // RFC 3376 7.2.1: a query without a response time is IGMPv1's, and means ten seconds.
      return code == 0
          ? new GroupMessage.Query(Compatibility.JOINS, group, List.of(), tenths(V1_RESPONSE_TENTHS), 0)
          : new GroupMessage.Query(Compatibility.GROUPS, group, List.of(), tenths(code), 0);
    }
    List<IpAddress> sources = length < QUERY_V3_LENGTH
        ? null
        : WIRE.addresses(bytes, at + QUERY_V3_LENGTH, bytes.getUnsignedShort(at + 10), bytes.writerIndex());
    if (sources == null) {
      rejected.accept(MulticastDrop.BAD_LENGTH);
      return null;
    }
    return new GroupMessage.Query(
        Compatibility.SOURCES, group, sources, tenths(responseTime(code)), bytes.getByte(at + 8) & 7);
  }

  /** RFC 3376 4.1.1: from 128 on a floating-point value of three bits exponent and four bits mantissa. */
  private static int responseTime(int code) {
    return code < FIRST_FLOATING ? code : (code & 0xf | 0x10) << ((code >>> 4 & 7) + 3);
  }

  private static long tenths(int number) {
    return TimeUnit.MILLISECONDS.toNanos(100L * number);
  }

  private static @Nullable GroupMessage report(ByteBuf bytes, Consumer<? super DropReason> rejected) {
    int at = bytes.readerIndex();
    List<GroupRecord> records = WIRE
        .records(bytes, at + OLD_LENGTH, bytes.getUnsignedShort(at + 6), bytes.writerIndex());
    if (records == null) {
      rejected.accept(MulticastDrop.BAD_LENGTH);
      return null;
    }
    return new GroupMessage.Report(records);
  }

  private static @Nullable GroupMessage old(ByteBuf bytes, Consumer<? super DropReason> rejected) {
    IpAddress group = WIRE.address(bytes, bytes.readerIndex() + 4);
    if (!group.isMulticast()) {
      rejected.accept(MulticastDrop.BAD_GROUP);
      return null;
    }
    return switch (bytes.getUnsignedByte(bytes.readerIndex())) {
      case REPORT_V1 -> new GroupMessage.Joined(Compatibility.JOINS, group);
      case REPORT_V2 -> new GroupMessage.Joined(Compatibility.GROUPS, group);
      default -> new GroupMessage.Left(group);
    };
  }

  /** A buffer with headroom that holds {@code message}. */
  static ByteBuf write(GroupMessage.Statement message, ByteBufAllocator allocator) {
    ByteBuf bytes = Headroom.allocate(allocator, length(message));
    int at = bytes.readerIndex();
    switch (message) {
      case GroupMessage.Report report -> {
        bytes.writeByte(REPORT_V3).writeByte(0).writeInt(0).writeShort(report.records().size());
        WIRE.write(bytes, report.records());
      }
      case GroupMessage.Joined joined ->
        writeOld(bytes, joined.generation() == Compatibility.JOINS ? REPORT_V1 : REPORT_V2, joined.group());
      case GroupMessage.Left left -> writeOld(bytes, LEAVE, left.group());
    }
    bytes.setShort(at + 2, Checksum.finish(Checksum.sum(bytes, at, bytes.readableBytes())));
    return bytes;
  }

  private static void writeOld(ByteBuf bytes, int type, IpAddress group) {
    bytes.writeByte(type).writeByte(0).writeShort(0);
    WIRE.write(bytes, group);
  }

  private static int length(GroupMessage.Statement message) {
    return OLD_LENGTH + (message instanceof GroupMessage.Report report ? WIRE.length(report.records()) : 0);
  }
}
