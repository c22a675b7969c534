package io.reactorstack.lab;

import io.reactorstack.lab.report.HostReport;
import io.reactorstack.lab.report.ReportPart;
import io.reactorstack.lab.report.WireReport;
import io.reactorstack.lab.report.WorldReport;
import io.reactorstack.packet.IpAddress;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Reads a world for a report. A part that cannot be read contains the reason instead. */
final class WorldReader {

  private WorldReader() {}

  /**
   * Returns the present state of {@code lab}.
   *
   * @param how a sentence about how the state is read; empty on the world's thread
   */
  static WorldReport at(Lab lab, Drive drive, String how) {
    long seed = lab.seeds().seed();
    String time = drive instanceof VirtualDrive ? "virtual" : "realTime";
    Inventory inventory = lab.inventory();
    Map<IpAddress, String> names = ReportPart.of(inventory::names).value();
    WorldReport.Moment moment = new WorldReport.Moment(drive.now(), drive.date(), drive.loop().ticker().nanoTime(),
        how);
    return new WorldReport(new WorldReport.Run(seed, "Lab." + time + "(" + seed + ")"), moment,
        names == null ? Map.of() : names, ReportPart.of(drive::waiting), ReportPart.of(() -> hosts(inventory)),
        new WorldReport.Network(ReportPart.of(() -> wires(inventory)), ReportPart.of(lab.partitions()::inForce)),
        new WorldReport.Traces(ReportPart.of(() -> drive.escapes().stream().map(WorldReader::line).toList()),
            ReportPart.of(lab.kept()::view), ReportPart.of(drive::log)));
  }

  private static List<HostReport> hosts(Inventory inventory) {
    return inventory.hosts().stream().map(Host::look).toList();
  }

  private static List<WireReport> wires(Inventory inventory) {
    return inventory.wires().stream().flatMap(wire -> Stream.of(wire.inbound(false), wire.inbound(true)))
        .map(Direction::look).toList();
  }

  private static String line(Escape escape) {
    return escape + (escape.source().isEmpty() ? "" : ", from " + CodeLine.of(escape.source()));
  }
}
