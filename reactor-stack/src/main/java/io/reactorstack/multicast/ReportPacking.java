package io.reactorstack.multicast;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.GroupMessage;
import io.reactorstack.wire.GroupRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * How records are divided into reports that fit into a packet (RFC 3376 section 4.2.16, RFC 3810 section 5.2.15).
 *
 * @param capacity octets for records in one report
 * @param addressLength octets of an address
 */
public record ReportPacking(int capacity, int addressLength) {

  /** Octets of a report before its first record, of either protocol. */
  static final int REPORT_HEADER = 8;

  private static final int RECORD_HEADER = 4;

  /** For packets of {@code mtu} octets with an IP header of {@code ipHeader}. */
  public static ReportPacking of(int mtu, int ipHeader, int addressLength) {
    return new ReportPacking(mtu - ipHeader - REPORT_HEADER, addressLength);
  }

  /** Divides {@code records}, in their order, into as few reports as that takes. */
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
        // A second record of the kind would replace the first: the rest stays unsaid, and some packets come in vain.
        break;
      }
    }
    return parts;
  }
}
