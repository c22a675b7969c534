package io.reactorstack.multicast;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.IpProtocol;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The messages of MLD, both versions (RFC 3810 sections 5 and 8.1): ICMPv6 messages of their own types. */
public final class MldCodec {

  private static final int QUERY = 130;
  private static final int REPORT_V1 = 131;
  private static final int DONE = 132;
  private static final int REPORT_V2 = 143;

  /** The message types of ICMPv6 that are MLD's. */
  static final List<Integer> TYPES = List.of(QUERY, REPORT_V1, DONE, REPORT_V2);

  private static final int HEADER = 8;
  private static final int OLD_LENGTH = 24;
  private static final int QUERY_V2_LENGTH = 28;
  private static final int FIRST_FLOATING = 32768;

  private static final GroupWire WIRE = new GroupWire(Ipv6Address.LENGTH);

  private MldCodec() {}

  /**
   * Reads the message that {@code packet} carries; its buffer's indices stay.
   *
   * @param rejected told once why, if the result is {@code null}
   */
  public static @Nullable GroupMessage parse(IpPacket packet, Consumer<? super DropReason> rejected) {
    ByteBuf bytes = packet.payload();
    int at = bytes.readerIndex();
    int length = bytes.readableBytes();
    if (length < HEADER) {
      rejected.accept(MulticastDrop.TOO_SHORT);
      return null;
    }
    long pseudo = Checksum.pseudoHeader(packet.source(), packet.destination(), IpProtocol.ICMPV6, length);
    if (!Checksum.verifies(pseudo + Checksum.sum(bytes, at, length))) {
      rejected.accept(MulticastDrop.BAD_CHECKSUM);
      return null;
    }
    int type = bytes.getUnsignedByte(at);
    if (type == REPORT_V2) {
      return report(bytes, rejected);
    }
    if (length < OLD_LENGTH) {
      rejected.accept(MulticastDrop.BAD_LENGTH);
      return null;
    }
    IpAddress group = WIRE.address(bytes, at + HEADER);
    if (!group.isMulticast() && !(type == QUERY && group.isUnspecified())) {
      rejected.accept(MulticastDrop.BAD_GROUP);
      return null;
    }
    return switch (type) {
      case QUERY -> query(bytes, group, rejected);
      case REPORT_V1 -> new GroupMessage.Joined(Compatibility.GROUPS, group);
      case DONE -> new GroupMessage.Left(group);
      default -> {
        rejected.accept(MulticastDrop.UNKNOWN_TYPE);
        yield null;
      }
    };
  }

  private static @Nullable GroupMessage query(
      ByteBuf bytes, IpAddress group, Consumer<? super DropReason> rejected) {
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
      rejected.accept(MulticastDrop.BAD_LENGTH);
      return null;
    }
    return new GroupMessage.Query(
        Compatibility.SOURCES, group, sources, millis(responseTime(code)), bytes.getByte(at + 24) & 7);
  }

  /** RFC 3810 5.1.3: from 32768 on a floating-point value of three bits exponent and twelve bits mantissa. */
  private static int responseTime(int code) {
    return code < FIRST_FLOATING ? code : (code & 0xfff | 0x1000) << ((code >>> 12 & 7) + 3);
  }

  private static long millis(int number) {
    return TimeUnit.MILLISECONDS.toNanos(number);
  }

  private static @Nullable GroupMessage report(ByteBuf bytes, Consumer<? super DropReason> rejected) {
    int at = bytes.readerIndex();
    List<GroupRecord> records = WIRE
        .records(bytes, at + HEADER, bytes.getUnsignedShort(at + 6), bytes.writerIndex());
    if (records == null) {
      rejected.accept(MulticastDrop.BAD_LENGTH);
      return null;
    }
    return new GroupMessage.Report(records);
  }

  /** A buffer with headroom that holds {@code message} from {@code source} to {@code destination}. */
  static ByteBuf write(GroupMessage.Statement message, IpAddress source, IpAddress destination,
      ByteBufAllocator allocator) {
    ByteBuf bytes = Headroom.allocate(allocator, length(message));
    int at = bytes.readerIndex();
    switch (message) {
      case GroupMessage.Report report -> {
        bytes.writeByte(REPORT_V2).writeByte(0).writeInt(0).writeShort(report.records().size());
        WIRE.write(bytes, report.records());
      }
      case GroupMessage.Joined joined -> writeOld(bytes, REPORT_V1, joined.group());
      case GroupMessage.Left left -> writeOld(bytes, DONE, left.group());
    }
    int length = bytes.readableBytes();
    long pseudo = Checksum.pseudoHeader(source, destination, IpProtocol.ICMPV6, length);
    bytes.setShort(at + 2, Checksum.finish(pseudo + Checksum.sum(bytes, at, length)));
    return bytes;
  }

  private static void writeOld(ByteBuf bytes, int type, IpAddress group) {
    bytes.writeByte(type).writeByte(0).writeShort(0).writeInt(0);
    WIRE.write(bytes, group);
  }

  private static int length(GroupMessage.Statement message) {
    return message instanceof GroupMessage.Report report ? HEADER + WIRE.length(report.records()) : OLD_LENGTH;
  }
}
