package io.reactorstack.lab;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A port of a switch or hub.
 *
 * @param name the name of the port, which is that of its wire
 * @param peer the name of the host or junction at the other end of the wire; empty if there is none
 * @param received the number of frames that have arrived at the port
 * @param sent the number of frames that have left through the port, or wait in its queue
 * @param mode the VLANs of the port; {@code null} for a hub, which does not read tags
 * @param isMirror true if the port only sends copies of the frames of other ports
 */
public record PortEntry(
    String name, String peer, long received, long sent, @Nullable PortMode mode, boolean isMirror) {

  static PortEntry of(Inventory inventory, Ports.Port port, boolean isMirror, @Nullable PortMode mode) {
    return new PortEntry(port.name(), inventory.peer(port), port.received(), port.sent(), mode, isMirror);
  }

  static Table<PortEntry> table(List<PortEntry> rows) {
    return new Table<>("ports", PortEntry.class, rows, List.of(
        Table.column("Port", PortEntry::name), Table.column("Peer", entry -> entry.peer.isEmpty() ? "-" : entry.peer),
        Table.column("Received", PortEntry::received), Table.column("Sent", PortEntry::sent),
        Table.column("VLANs", entry -> entry.isMirror ? "mirror" : entry.mode == null ? "" : entry.mode)));
  }
}
