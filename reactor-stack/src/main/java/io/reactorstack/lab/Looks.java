package io.reactorstack.lab;

import io.reactorstack.lab.report.HostLook;
import io.reactorstack.lab.report.Part;
import io.reactorstack.lab.report.WireLook;
import io.reactorstack.lab.report.WorldLook;
import io.reactorstack.packet.IpAddress;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Reads a world for a report. A part that cannot be read contains the reason instead. */
final class Looks {

  private Looks() {}

  /**
   * Returns the present state of {@code lab}.
   *
   * @param how a sentence about how the state is read; empty on the world's thread
   */
  static WorldLook at(Lab lab, Drive drive, String how) {
    long seed = lab.seeds().seed();
    String time = drive instanceof VirtualDrive ? "virtual" : "realTime";
    Inventory inventory = lab.inventory();
    Map<IpAddress, String> names = Part.of(inventory::names).value();
    WorldLook.Moment moment = new WorldLook.Moment(drive.now(), drive.date(), drive.loop().ticker().nanoTime(), how);
    return new WorldLook(new WorldLook.Run(seed, "Lab." + time + "(" + seed + ")"), moment,
        names == null ? Map.of() : names, Part.of(drive::waiting), Part.of(() -> hosts(inventory)),
        new WorldLook.Network(Part.of(() -> wires(inventory)), Part.of(lab.partitions()::inForce)),
        new WorldLook.Traces(Part.of(() -> drive.escapes().stream().map(Looks::line).toList()),
            Part.of(lab.kept()::view), Part.of(drive::log)));
  }

  private static List<HostLook> hosts(Inventory inventory) {
    return inventory.hosts().stream().map(Host::look).toList();
  }

  private static List<WireLook> wires(Inventory inventory) {
    return inventory.wires().stream().flatMap(wire -> Stream.of(wire.inbound(false), wire.inbound(true)))
        .map(Direction::look).toList();
  }

  private static String line(Escape escape) {
    return escape + (escape.source().isEmpty() ? "" : ", from " + CodeLine.of(escape.source()));
  }
}
