package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.GroupRecord.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The codec of the structures that IGMP and MLD share: addresses, address lists and group records.
 *
 * @param addressLength the length of an address in octets: 4 or 16
 */
record GroupWire(int addressLength) {

  private static final int RECORD_HEADER = 4;

  IpAddress address(ByteBuf bytes, int index) {
    return addressLength == Ipv4Address.LENGTH ? Ipv4Address.get(bytes, index) : Ipv6Address.get(bytes, index);
  }

  void write(ByteBuf bytes, IpAddress address) {
    int at = bytes.writerIndex();
    bytes.writeZero(addressLength);
    address.set(bytes, at);
  }

  /** Reads {@code count} addresses at {@code index}; returns {@code null} if they extend beyond {@code end}. */
  @Nullable
  List<IpAddress> addresses(ByteBuf bytes, int index, int count, int end) {
    if (index + count * addressLength > end) {
      return null;
    }
    List<IpAddress> addresses = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      addresses.add(address(bytes, index + i * addressLength));
    }
    return addresses;
  }

  /**
   * Reads {@code count} records at {@code index}; returns {@code null} if they extend beyond {@code end}. Skips records
   * of unknown types (RFC 3376 section 4.2.12) and auxiliary data (section 4.2.10).
   */
  @Nullable
  List<GroupRecord> records(ByteBuf bytes, int index, int count, int end) {
    List<GroupRecord> records = new ArrayList<>();
    int at = index;
    for (int i = 0; i < count; i++) {
      int sources = at + RECORD_HEADER + addressLength;
      if (sources > end) {
        return null;
      }
      int number = bytes.getUnsignedShort(at + 2);
      List<IpAddress> addresses = addresses(bytes, sources, number, end);
      if (addresses == null) {
        return null;
      }
      int code = bytes.getUnsignedByte(at);
      if (Kind.isKnown(code)) {
        records.add(new GroupRecord(Kind.of(code), address(bytes, at + RECORD_HEADER), addresses));
      }
      at = sources + number * addressLength + bytes.getUnsignedByte(at + 1) * 4;
    }
    return at > end ? null : records;
  }

  /** Writes the records, without auxiliary data and with nothing behind the last record (RFC 3376 4.2.10, 4.2.11). */
  void write(ByteBuf bytes, List<GroupRecord> records) {
    for (GroupRecord record : records) {
      bytes.writeByte(record.kind().code()).writeByte(0).writeShort(record.sources().size());
      write(bytes, record.group());
      record.sources().forEach(source -> write(bytes, source));
    }
  }

  /** The length of {@code records} in a message, in octets. */
  int length(List<GroupRecord> records) {
    int length = 0;
    for (GroupRecord record : records) {
      length += RECORD_HEADER + addressLength * (1 + record.sources().size());
    }
    return length;
  }
}
