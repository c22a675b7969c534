package io.reactorstack.tcp;

import io.reactorstack.icmp.DeliveryFailure;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.ConnectionHistory;
import io.reactorstack.tcp.model.ConnectionHistory.StateEntry;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpState;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A report of how a connection ended: by whom, why and when, and its history. {@link #toString} describes it in a
 * paragraph.
 *
 * @param local the local address and port
 * @param remote the peer's address and port
 * @param cause the reason why it ended
 * @param failure the {@link io.reactorstack.icmp.IcmpError}, or the failure of this host to send, that ended it or that
 *     explains why its handshake failed; {@code null} without one
 * @param endedAt when it ended, in nanoseconds of the event loop's clock, which the history uses too
 * @param lifetime the time from the first SYN to the end
 * @param history its states and its last segments
 * @param info a snapshot of the connection at its end
 */
public record CloseReport(
    Endpoint local,
    Endpoint remote,
    CloseCause cause,
    @Nullable DeliveryFailure failure,
    long endedAt,
    Duration lifetime,
    ConnectionHistory history,
    TcpInfo info) {

  /** The party that ended a connection. */
  public enum Party {
    /** The local application. */
    LOCAL,
    /** The peer. */
    PEER,
    /** The network: the peer's answers ceased, or a host on the path reported an error. */
    NETWORK,
    /** The local stack: because of its limits, its stop, the failure of its device or the removal of its address. */
    STACK
  }

  /** The party that ended the connection; for an orderly close, the one that sent its FIN first. */
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

  /** The time from the last data sent to the end; {@code null} if none was sent. */
  public @Nullable Duration sinceDataSent() {
    return info.sent().dataSegsOut() == 0 ? null : info.timing().lastsnd();
  }

  /** The time from the last data received to the end; {@code null} if none was received. */
  public @Nullable Duration sinceDataReceived() {
    return info.received().dataSegsIn() == 0 ? null : info.timing().lastrcv();
  }

  /** Returns whether the handshake was completed. */
  public boolean wasEstablished() {
    return history.states().stream().map(StateEntry::state).anyMatch(TcpState::isSynchronized);
  }

  @Override
  public String toString() {
    return CloseText.of(this);
  }
}
