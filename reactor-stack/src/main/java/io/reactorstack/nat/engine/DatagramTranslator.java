package io.reactorstack.nat.engine;

import io.reactorstack.nat.engine.Plan.Refusal;
import io.reactorstack.nat.engine.Step.Via;
import io.reactorstack.packet.Ipv4Address;
import org.jspecify.annotations.Nullable;

/** The mappings of UDP datagrams (RFC 4787), and of ICMP queries and their replies (RFC 5508 section 3). */
final class DatagramTranslator implements Translator {

  private final MappingTable table;
  private final Idle idle;
  private final boolean refreshedFromOutside;

  /**
   * Creates a translator of one protocol.
   *
   * @param idle the timeout of its sessions
   * @param refreshedFromOutside whether packets from outside begin the timeout anew, as those from inside do
   */
  DatagramTranslator(MappingTable table, Idle idle, boolean refreshedFromOutside) {
    this.table = table;
    this.idle = idle;
    this.refreshedFromOutside = refreshedFromOutside;
  }

  @Override
  public Step send(Transit packet) {
    Flow flow = packet.sentFlow();
    Mapping mapping = table.toward(flow);
    Session session = mapping == null ? null : table.session(mapping, flow);
    if (mapping == null || session == null) {
      return table.open(flow, mapping, false, idle, packet.now());
    }
    table.restart(session, idle, packet.now());
    return new Via(mapping, session);
  }

  @Override
  public Step receive(Transit packet, @Nullable Mapping mapping, Ipv4Address remote, int remotePort) {
    if (mapping == null) {
      return Refusal.silent(NatDrop.NO_MAPPING);
    }
    Flow flow = new Flow(packet.protocol(), mapping.insideAddress(), mapping.insidePort(), remote, remotePort);
    Session session = table.session(mapping, flow);
    if (session != null) {
      if (refreshedFromOutside || mapping.isForwarding()) {
        table.restart(session, idle, packet.now());
      }
      return new Via(mapping, session);
    }
    return mapping.isForwarding()
        ? table.open(flow, mapping, true, idle, packet.now())
        : Refusal.silent(NatDrop.FILTERED);
  }
}
