package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TimerSettings;
import io.reactorstack.tcp.recovery.RttEstimator;

/**
 * The parts of a connection that outlive every state. Handshake, sender and receiver use them without access to the
 * connection or its state.
 */
final class ConnectionParts {

  /** The changes since {@link TcpEngine#takeChanges} was called. */
  int changes = TcpEngine.STATE_CHANGED;
  final Setup setup;
  final TcpSettings settings;
  final Deadlines deadlines = new Deadlines();
  final Timestamps timestamps;
  final SegmentSize size;
  final SendBuffer output;
  final SendPolicy policy;
  final ReceiveCapacity capacity;
  final UserTimeout userTimeout;
  final RttEstimator rtt;
  final ConnectionCounters counters;

  ConnectionParts(Setup setup, long now) {
    this.setup = setup;
    this.settings = setup.settings();
    this.timestamps = new Timestamps(setup.timestampOffset());
    this.size = new SegmentSize(setup.flow().localAddress().isV4(), setup.mtu(), settings);
    this.output = new SendBuffer(setup.memory(), settings.buffers().sendBuffer(), settings.buffers().maxSendBuffer());
    this.policy = new SendPolicy(settings.timers().noDelay());
    this.capacity = new ReceiveCapacity(settings.buffers());
    this.userTimeout = new UserTimeout(settings);
    TimerSettings timers = settings.timers();
    this.rtt = new RttEstimator(timers.initialRto().toNanos(), timers.minRto().toNanos(),
        setup.quirks().minVariance().toNanos(), timers.maxRto().toNanos());
    this.counters = new ConnectionCounters(now);
  }
}
