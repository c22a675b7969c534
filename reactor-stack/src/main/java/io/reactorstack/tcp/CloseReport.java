package io.reactorstack.tcp;

import io.reactorstack.icmp.DeliveryFailure;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.ConnectionHistory;
import io.reactorstack.tcp.model.ConnectionHistory.StateEntry;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.FourTuple;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A report of how a connection ended: by whom, why and when, and its history. {@link #toString} describes it in a
 * paragraph. Does not change; any thread may use it.
 */
public final class CloseReport {

  private final FourTuple flow;
  private final CloseCause cause;
  private final @Nullable DeliveryFailure failure;
  private final long endedAt;
  private final long lifetime;
  /** History and snapshot are built when they are asked for: most reports are never read. */
  private final Supplier<ConnectionHistory> history;
  private final Supplier<TcpInfo> info;

  /** Creates the report of the connection {@code flow} that ended at {@code endedAt} and lasted {@code lifetime} nanoseconds. */
  CloseReport(FourTuple flow, CloseCause cause, @Nullable DeliveryFailure failure, long endedAt, long lifetime,
      Supplier<ConnectionHistory> history, Supplier<TcpInfo> info) {
    this.flow = flow;
    this.cause = cause;
    this.failure = failure;
    this.endedAt = endedAt;
    this.lifetime = lifetime;
    this.history = history;
    this.info = info;
  }

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

  /** The local address and port. */
  public Endpoint local() {
    return flow.local();
  }

  /** The peer's address and port. */
  public Endpoint remote() {
    return flow.remote();
  }

  /** The reason why the connection ended. */
  public CloseCause cause() {
    return cause;
  }

  /**
   * The {@link io.reactorstack.icmp.IcmpError}, or the failure of this host to send, that ended the connection or that
   * explains why its handshake failed; {@code null} without one.
   */
  public @Nullable DeliveryFailure failure() {
    return failure;
  }

  /** The time of the end, in nanoseconds of the event loop's clock, which the history uses too. */
  public long endedAt() {
    return endedAt;
  }

  /** The time from the first SYN to the end. */
  public Duration lifetime() {
    return Duration.ofNanos(lifetime);
  }

  /** The states of the connection and its last segments. */
  public ConnectionHistory history() {
    return history.get();
  }

  /** A snapshot of the connection at its end. */
  public TcpInfo info() {
    return info.get();
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
    for (StateEntry entry : history().states()) {
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
    TcpInfo numbers = info();
    return numbers.sent().dataSegsOut() == 0 ? null : numbers.timing().lastsnd();
  }

  /** The time from the last data received to the end; {@code null} if none was received. */
  public @Nullable Duration sinceDataReceived() {
    TcpInfo numbers = info();
    return numbers.received().dataSegsIn() == 0 ? null : numbers.timing().lastrcv();
  }

  /** Returns whether the handshake was completed. */
  public boolean wasEstablished() {
    return history().states().stream().map(StateEntry::state).anyMatch(TcpState::isSynchronized);
  }

  @Override
  public String toString() {
    return CloseText.of(this);
  }
}
