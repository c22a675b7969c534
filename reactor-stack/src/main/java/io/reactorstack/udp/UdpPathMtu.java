package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Rejection;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.pathmtu.PathMtu;
import io.reactorstack.pathmtu.PathMtuSettings;
import io.reactorstack.pathmtu.engine.PathMtuEngine;
import io.reactorstack.pathmtu.engine.Probe;
import io.reactorstack.wire.UdpHeader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * The path MTU discovery of one connected socket (RFC 8899): runs a {@link PathMtuEngine} with the timers of the loop,
 * the probes of the application and the reports of routers. Confined to the loop.
 */
final class UdpPathMtu {

  /** The number of sent datagrams that a router's report may quote. A power of two. */
  static final int REMEMBERED = 64;

  private final UdpSocket socket;
  private final LoopTurn turn;
  private final Destination path;
  private final PathMtuProber prober;
  private final RandomGenerator random;
  private final PathMtuReports reports;
  private final PathMtuEngine engine;
  private final Timers.Timer timer;
  /** The probes that the engine may still wait for; at most MAX_PROBES. */
  private final List<UdpProbe> flights = new ArrayList<>();
  /** Lengths and checksums of the datagrams sent last, as the second words of their headers. */
  private final int[] sent = new int[REMEMBERED];
  private int sentCount;
  private @Nullable Disposable evidence;
  private int moves;
  private int linkMtu;
  private PathMtu reported;
  private boolean stepping;
  private boolean stopped;

  /**
   * Creates a discovery that has not begun.
   *
   * @param path the route to the peer
   * @param random chooses the tokens of the probes
   */
  UdpPathMtu(UdpSocket socket, LoopTurn turn, Destination path, PathMtuSettings settings, PathMtuProber prober,
      RandomGenerator random, PathMtuReports reports) {
    this.socket = socket;
    this.turn = turn;
    this.path = path;
    this.prober = prober;
    this.random = random;
    this.reports = reports;
    this.linkMtu = path.linkMtu();
    this.moves = path.moves();
    this.engine = new PathMtuEngine(settings, path.address().headerLength(), UdpHeader.LENGTH, linkMtu);
    this.reported = engine.current();
    this.timer = turn.timer(this::onTimer);
  }

  void start() {
    reports.start(this);
    if (stopped) {
      return;
    }
    try {
      Disposable subscribed = prober.evidence()
          .subscribe(this::onEvidence, this::onEvidenceFailed);
      evidence = subscribed;
      if (stopped) {
        subscribed.dispose();
      }
    } catch (RuntimeException e) {
      fail(e);
      return;
    }
    engine.start(turn.now());
    step();
  }

  /** The address of the peer. */
  IpAddress peer() {
    return path.address();
  }

  /** The largest packet to send, in octets with the IP header. */
  int mtu() {
    return engine.current().mtu();
  }

  // ---- inputs

  /** Notes a datagram to the peer that was queued for a device: the second word of its header. */
  void onSent(int lengthAndChecksum) {
    remember(lengthAndChecksum);
    engine.onDatagramSent();
    timer.set(engine.nextDeadline());
  }

  private void remember(int lengthAndChecksum) {
    sent[sentCount++ & REMEMBERED - 1] = lengthAndChecksum;
  }

  /**
   * Processes a router's report about a datagram to the peer. RFC 8899 4.6.1: it has an effect only if it quotes the
   * length and the checksum of one of the datagrams sent last; the checksum of a probe covers its random token.
   *
   * @return whether the report was accepted
   */
  boolean onPacketTooBig(IcmpError.PacketTooBig error) {
    int quoted = error.quote().secondWord();
    boolean known = false;
    for (int i = 0; i < Math.min(sentCount, REMEMBERED); i++) {
      known |= sent[i] == quoted;
    }
    if (known) {
      engine.onPacketTooBig(error.mtu() - path.address().headerLength(), turn.now());
      step();
    }
    return known;
  }

  /** Examines whether the path begins differently. */
  void onRoutesChanged() {
    if (path.moves() != moves || path.linkMtu() != linkMtu) {
      moves = path.moves();
      linkMtu = path.linkMtu();
      engine.onLinkChanged(linkMtu);
      step();
    }
  }

  private void onTimer() {
    engine.onTimeout(turn.now());
    step();
  }

  private void onEvidence(DeliveryEvidence found) {
    turn.offer(() -> {
      if (!stopped) {
        switch (found) {
          case DELIVERED -> engine.onDelivered(turn.now());
          case BLACK_HOLE -> engine.onBlackHole(turn.now());
        }
        step();
      }
    });
  }

  private void onEvidenceFailed(Throwable cause) {
    turn.offer(() -> fail(cause));
  }

  // ---- probes

  /** Sends the probes that are due, ends the wait for those that do not matter any more, and reports a change. */
  private void step() {
    if (stepping || stopped) {
      return;
    }
    stepping = true;
    try {
      for (Probe probe = engine.poll(turn.now()); probe != null && !stopped; probe = engine.poll(turn.now())) {
        launch(probe);
      }
    } finally {
      stepping = false;
    }
    if (stopped) {
      return;
    }
    for (UdpProbe flight : List.copyOf(flights)) {
      if (!engine.awaits(flight.id())) {
        flights.remove(flight);
        flight.cancel();
      }
    }
    if (!engine.current().equals(reported)) {
      reported = engine.current();
      reports.report(reported);
    }
    timer.set(engine.nextDeadline());
  }

  private void launch(Probe probe) {
    UdpProbe flight = new UdpProbe(this, turn, probe, random.nextLong());
    flights.add(flight);
    try {
      flight.subscribe(prober.probe(flight));
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  /** Sends the datagram of {@code flight}, which keeps the buffer. */
  void send(UdpProbe flight, ByteBuf payload) throws IOException {
    if (stopped || !engine.isInFlight(flight.id())) {
      throw new IllegalStateException("the discovery does not wait for this probe any more");
    }
    try {
      remember(socket.sendProbe(payload, flight));
    } catch (IOException e) {
      engine.onProbeNotSent(flight.id(), turn.now());
      turn.dirty(this::step);
      throw e;
    }
  }

  void onRejected(UdpProbe flight, Rejection rejection) {
    if (rejection.why() == Rejection.Why.TOO_BIG) {
      engine.onTooLongForLink(flight.id(), rejection.mtu(), turn.now());
    } else {
      engine.onProbeNotSent(flight.id(), turn.now());
    }
    turn.dirty(this::step);
  }

  void onAcknowledged(UdpProbe flight) {
    if (flights.remove(flight)) {
      engine.onProbeAcknowledged(flight.id(), turn.now());
      step();
    }
  }

  void onFailed(UdpProbe flight, Throwable cause) {
    if (!flights.remove(flight)) {
      return;
    }
    if (cause instanceof IOException || cause instanceof TimeoutException) {
      engine.onProbeLost(flight.id(), turn.now());
      step();
    } else {
      fail(cause);
    }
  }

  /** The allocator of the buffers of probes. */
  ByteBufAllocator allocator() {
    return socket.allocator();
  }

  // ---- end

  /** Ends the discovery because the socket is closed or disconnected. */
  void close() {
    stop();
    reports.end(null);
  }

  private void fail(Throwable cause) {
    if (!stopped) {
      stop();
      reports.end(cause);
    }
  }

  /** Ends the discovery; the socket's limit is again the path MTU of the host. */
  void stop() {
    if (stopped) {
      return;
    }
    stopped = true;
    timer.cancel();
    socket.discoveryEnded(this);
    if (evidence != null) {
      evidence.dispose();
    }
    List<UdpProbe> waiting = List.copyOf(flights);
    flights.clear();
    waiting.forEach(UdpProbe::cancel);
  }
}
