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
 * What IGMP and MLD write alike: addresses, lists of them, and records.
 *
 * @param addressLength octets of an address: 4 or 16
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

  /** The {@code count} addresses at {@code index}, or {@code null} if they go beyond {@code end}. */
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
   * The {@code count} records at {@code index}, without those of unknown types (RFC 3376 section 4.2.12) and without auxiliary
   * data (section 4.2.10), or {@code null} if they go beyond {@code end}.
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

  /** RFC 3376 4.2.10, 4.2.11: no auxiliary data, and nothing behind the last record. */
  void write(ByteBuf bytes, List<GroupRecord> records) {
    for (GroupRecord record : records) {
      bytes.writeByte(record.kind().code()).writeByte(0).writeShort(record.sources().size());
      write(bytes, record.group());
      record.sources().forEach(source -> write(bytes, source));
    }
  }

  /** Octets that {@code records} take. */
  int length(List<GroupRecord> records) {
    int length = 0;
    for (GroupRecord record : records) {
      length += RECORD_HEADER + addressLength * (1 + record.sources().size());
    }
    return length;
  }
}
