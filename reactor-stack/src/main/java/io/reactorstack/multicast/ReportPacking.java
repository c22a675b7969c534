package io.reactorstack.multicast;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.GroupMessage;
import io.reactorstack.wire.GroupRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Divides group records into reports that fit into a packet (RFC 3376 section 4.2.16, RFC 3810 section 5.2.15).
 *
 * @param capacity octets available for records in one report
 * @param addressLength octets of an address
 */
public record ReportPacking(int capacity, int addressLength) {

  /** The length of a report before its first record, in octets; the same in both protocols. */
  static final int REPORT_HEADER = 8;

  private static final int RECORD_HEADER = 4;

  /** Returns the packing for packets of {@code mtu} octets with an IP header of {@code ipHeader} octets. */
  public static ReportPacking of(int mtu, int ipHeader, int addressLength) {
    return new ReportPacking(mtu - ipHeader - REPORT_HEADER, addressLength);
  }

  /** Divides {@code records}, in order, into as few reports as possible. */
  void pack(List<GroupRecord> records, Consumer<GroupMessage.Report> reports) {
    List<GroupRecord> filling = new ArrayList<>();
    int room = capacity;
    for (GroupRecord record : records) {
      for (GroupRecord part : parts(record)) {
        if (length(part) > room && !filling.isEmpty()) {
          reports.accept(new GroupMessage.Report(filling));
          filling.clear();
          room = capacity;
        }
        filling.add(part);
        room -= length(part);
      }
    }
    if (!filling.isEmpty()) {
      reports.accept(new GroupMessage.Report(filling));
    }
  }

  private int length(GroupRecord record) {
    return RECORD_HEADER + addressLength * (1 + record.sources().size());
  }

  private List<GroupRecord> parts(GroupRecord record) {
    int most = (capacity - RECORD_HEADER) / addressLength - 1;
    List<IpAddress> sources = record.sources();
    if (sources.size() <= most) {
      return List.of(record);
    }
    List<GroupRecord> parts = new ArrayList<>();
    for (int from = 0; from < sources.size(); from += most) {
      List<IpAddress> some = sources.subList(from, Math.min(from + most, sources.size()));
      parts.add(new GroupRecord(record.kind(), record.group(), some));
      if (record.kind().excludes()) {
        // A second record of this kind would replace the first. The remaining sources are not reported, so some
        // unwanted packets arrive.
        break;
      }
    }
    return parts;
  }
}
