package io.reactorstack.nat.engine;

import io.reactorstack.nat.engine.Plan.Hold;
import io.reactorstack.nat.engine.Plan.Refusal;
import io.reactorstack.nat.engine.Step.Via;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * The mappings and connections of TCP (RFC 5382). Segments of a connection in both directions keep it alive, except
 * repeated resets (RFC 7857 section 7.1).
 */
final class TcpTranslator implements Translator {

  private final MappingTable table;
  private final HeldSyns heldSyns;
  private final boolean answersUnsolicitedSyn;

  TcpTranslator(MappingTable table, HeldSyns heldSyns, boolean answersUnsolicitedSyn) {
    this.table = table;
    this.heldSyns = heldSyns;
    this.answersUnsolicitedSyn = answersUnsolicitedSyn;
  }

  @Override
  public Step send(Transit packet) {
    Flow flow = packet.sentFlow();
    int flags = packet.tcpFlags();
    Mapping mapping = table.toward(flow);
    Session session = mapping == null ? null : table.session(mapping, flow);
    Step step;
    if (mapping != null && session != null) {
      track(session, flags, true, packet.now());
      step = new Via(mapping, session);
    } else {
      step = begin(flow, mapping, flags, true, packet.now());
    }
    if (step instanceof Via via && (flags & TcpSegment.SYN) != 0) {
      // RFC 5382 REQ-4: the inside host opens the connection itself, so that the SYN of the other end is superfluous.
      heldSyns.supersede(heldSyns.key(
          via.mapping().outsideAddress(), via.mapping().outsidePort(), flow.remote(), flow.remotePort()));
    }
    return step;
  }

  @Override
  public Step receive(Transit packet, @Nullable Mapping mapping, Ipv4Address remote, int remotePort) {
    int flags = packet.tcpFlags();
    boolean isSyn = TcpProgress.isSyn(flags);
    if (mapping == null) {
      return isSyn ? unsolicited(packet, remote, remotePort) : Refusal.silent(NatDrop.NO_MAPPING);
    }
    Flow flow = new Flow(packet.protocol(), mapping.insideAddress(), mapping.insidePort(), remote, remotePort);
    Session session = table.session(mapping, flow);
    if (session != null) {
      track(session, flags, false, packet.now());
      return new Via(mapping, session);
    }
    if (isSyn && !table.admits(mapping, remote)) {
      return unsolicited(packet, remote, remotePort);
    }
    return isSyn || mapping.isForwarding()
        ? begin(flow, mapping, flags, false, packet.now())
        : Refusal.silent(NatDrop.NO_CONNECTION);
  }

  private Step unsolicited(Transit packet, Ipv4Address remote, int remotePort) {
    return answersUnsolicitedSyn
        ? new Hold(heldSyns.key(packet.destination(), packet.destinationPort(), remote, remotePort))
        : Refusal.silent(NatDrop.UNSOLICITED_SYN);
  }

  /** Begins a session with this segment, if one can begin with it. */
  private Step begin(Flow flow, @Nullable Mapping mapping, int flags, boolean sent, long now) {
    int progress = TcpProgress.first(flags, sent);
    if (progress == TcpProgress.NONE) {
      return mapping != null && mapping.isForwarding()
          ? new Via(mapping, null)
          : Refusal.silent(NatDrop.NO_CONNECTION);
    }
    Step opened = table.open(flow, mapping, !sent, TcpProgress.idle(progress), now);
    if (opened instanceof Via via && via.session() != null) {
      via.session().progress(progress);
    }
    return opened;
  }

  private void track(Session session, int flags, boolean sent, long now) {
    int before = session.progress();
    int after = TcpProgress.after(before, flags, sent);
    session.progress(after);
    // RFC 7857 7.1: a reset that answers a packet does not keep the mapping alive.
    if (!(TcpProgress.isReset(before) && TcpProgress.isReset(after))) {
      table.restart(session, TcpProgress.idle(after), now);
    }
  }
}
