package io.reactorstack.nat.engine;

import io.reactorstack.nat.NatMapping;
import io.reactorstack.nat.NatMapping.State;
import io.reactorstack.nat.NatProtocol;
import java.time.Duration;

/** The description of a mapping for the user. */
final class MappingView {

  private MappingView() {}

  static NatMapping of(Mapping mapping, long now) {
    State state = State.IDLE;
    long end = now;
    for (Session each = mapping.first(); each != null; each = each.next) {
      State reached = mapping.protocol() == NatProtocol.TCP ? state(each) : State.ACTIVE;
      state = rank(reached) > rank(state) ? reached : state;
      end = Math.max(end, each.deadline());
    }
    return new NatMapping(mapping.protocol(), mapping.insideEndpoint(), mapping.outsideEndpoint(), state,
        mapping.isForwarding() ? null : Duration.ofNanos(end - now), mapping.sessions(), mapping.sent(),
        mapping.received());
  }

  private static State state(Session session) {
    return switch (TcpProgress.idle(session.progress())) {
      case TCP_ESTABLISHED -> State.ESTABLISHED;
      case TCP_OPENING -> State.OPENING;
      default -> State.CLOSING;
    };
  }

  /** Returns a larger number for a state of more activity. */
  private static int rank(State state) {
    return switch (state) {
      case IDLE -> 0;
      case CLOSING -> 1;
      case OPENING -> 2;
      case ACTIVE, ESTABLISHED -> 3;
    };
  }
}
