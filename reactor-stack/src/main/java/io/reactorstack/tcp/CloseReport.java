package io.reactorstack.tcp;

import io.reactorstack.icmp.IcmpError;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.ConnectionHistory;
import io.reactorstack.tcp.model.ConnectionHistory.StateEntry;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpState;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a connection ended: who ended it, by what and when, and what had happened before. {@link #toString} tells it in a
 * paragraph.
 *
 * @param local this end
 * @param remote the peer's end
 * @param cause by what it ended
 * @param icmp the ICMP error that ended it, or that explains why its handshake failed; {@code null} without one
 * @param endedAt when it ended, in nanoseconds of the event loop's clock, which the history uses too
 * @param lifetime from the first SYN to the end
 * @param history its states and its last segments
 * @param info how it stood at the end
 */
public record CloseReport(
    Endpoint local,
    Endpoint remote,
    CloseCause cause,
    IcmpError.@Nullable Kind icmp,
    long endedAt,
    Duration lifetime,
    ConnectionHistory history,
    TcpInfo info) {

  /** Who ends a connection. */
  public enum Party {
    /** The user of this end. */
    LOCAL,
    /** The other end. */
    PEER,
    /** Nothing came back any more, or somebody on the way said why. */
    NETWORK,
    /** This end's stack: by its limits, its own end or its device's. */
    STACK
  }

  /** Who ended the connection; of an orderly close, who sent FIN first. */
  public Party endedBy() {
    return switch (cause) {
      case FINISHED -> isPeerFirst() ? Party.PEER : Party.LOCAL;
      case ABORTED -> Party.LOCAL;
      case REFUSED, RESET_BY_PEER, PORT_UNREACHABLE -> Party.PEER;
      case HANDSHAKE_TIMEOUT, RETRANSMISSION_TIMEOUT, KEEP_ALIVE_TIMEOUT, NETWORK_UNREACHABLE, HOST_UNREACHABLE ->
        Party.NETWORK;
      case HALF_CLOSE_TIMEOUT, ORPHAN_TIMEOUT, STACK_STOPPED, DEVICE_FAILED, ADDRESS_REMOVED -> Party.STACK;
    };
  }

  private boolean isPeerFirst() {
    for (StateEntry entry : history.states()) {
      switch (entry.state()) {
        case CLOSE_WAIT, LAST_ACK -> {
          return true;
        }
        case FIN_WAIT_1, CLOSING -> {
          return false;
        }
        case SYN_SENT, SYN_RECEIVED, ESTABLISHED, FIN_WAIT_2, TIME_WAIT, CLOSED -> {}
      }
    }
    return false;
  }

  /** From the last data sent to the end; {@code null} if none was sent. */
  public @Nullable Duration sinceDataSent() {
    return info.sent().dataSegsOut() == 0 ? null : info.timing().lastsnd();
  }

  /** From the last data received to the end; {@code null} if none was received. */
  public @Nullable Duration sinceDataReceived() {
    return info.received().dataSegsIn() == 0 ? null : info.timing().lastrcv();
  }

  /** Whether the handshake was completed. */
  public boolean wasEstablished() {
    return history.states().stream().map(StateEntry::state).anyMatch(TcpState::isSynchronized);
  }

  @Override
  public String toString() {
    return CloseText.of(this);
  }
}
