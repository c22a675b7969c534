package io.reactorstack.icmp;

import io.reactorstack.ip.host.Destination;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.pathmtu.PathMtu;
import io.reactorstack.pathmtu.PathMtuSettings;
import io.reactorstack.pathmtu.engine.PathMtuEngine;
import io.reactorstack.pathmtu.engine.Probe;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import reactor.core.Disposable;
import reactor.core.publisher.MonoSink;

/**
 * One measurement of a path MTU (RFC 8899): echo requests that must not be fragmented are the probes of a
 * {@link PathMtuEngine}, and their replies the acknowledgements. Confined to the loop.
 */
final class PathMtuMeasurement {

  /** The engine decides when a probe is lost; a late reply still proves that its size passes. */
  private static final Duration PATIENCE = Duration.ofDays(1);

  private final Pings pings;
  private final LoopTurn turn;
  private final Destination path;
  private final MonoSink<PathMtu> sink;
  private final PathMtuEngine engine;
  private final Timers.Timer timer;
  private final Map<Long, Disposable> echoes = new HashMap<>();
  private int moves;
  private boolean stepping;
  private boolean over;

  PathMtuMeasurement(Pings pings, LoopTurn turn, Destination path, PathMtuSettings settings, MonoSink<PathMtu> sink) {
    this.pings = pings;
    this.turn = turn;
    this.path = path;
    this.sink = sink;
    this.moves = path.moves();
    this.engine = new PathMtuEngine(
        settings, path.address().headerLength(), IcmpMessage.HEADER, path.linkMtu());
    this.timer = turn.timer(this::onTimer);
  }

  void start() {
    engine.start(turn.now());
    step();
  }

  private void onTimer() {
    if (path.moves() != moves) {
      moves = path.moves();
      engine.onLinkChanged(path.linkMtu());
    }
    engine.onTimeout(turn.now());
    step();
  }

  private void step() {
    if (stepping || over) {
      return;
    }
    stepping = true;
    for (Probe probe = engine.poll(turn.now()); probe != null && !over; probe = engine.poll(turn.now())) {
      send(probe);
    }
    stepping = false;
    if (over) {
      return;
    }
    for (long id : List.copyOf(echoes.keySet())) {
      if (!engine.awaits(id)) {
        Disposable echo = echoes.remove(id);
        if (echo != null) {
          echo.dispose();
        }
      }
    }
    switch (engine.current().phase()) {
      case SEARCH_COMPLETE -> {
        stop();
        sink.success(engine.current());
      }
      case DISABLED -> fail(new TimeoutException(
          "no reply from " + path.address() + ", not even to packets of " + engine.current().mtu() + " octets"));
      case BASE, ERROR, SEARCHING -> timer.set(engine.nextDeadline());
    }
  }

  private void send(Probe probe) {
    long id = probe.id();
    PingOptions options = PingOptions.DEFAULT.size(probe.size() - IcmpMessage.HEADER).dontFragment(true)
        .timeout(PATIENCE);
    echoes.put(id, pings.ping(path.address(), options, true)
        .subscribe(result -> onResult(id, result), this::fail));
  }

  private void onResult(long id, PingResult result) {
    if (over) {
      return;
    }
    switch (result) {
      case PingReply reply -> engine.onProbeAcknowledged(id, turn.now());
      case PingResult.Failed failed -> onFailure(id, failed.failure());
      case PingResult.TimedOut silent -> engine.onProbeLost(id, turn.now());
    }
    step();
  }

  private void onFailure(long id, DeliveryFailure failure) {
    if (failure.kind() != IcmpError.Kind.PACKET_TOO_BIG) {
      fail(IcmpFace.exception(pings.host(), path.address(), failure));
    } else if (failure instanceof DeliveryFailure.Unsent) {
      engine.onTooLongForLink(id, failure.mtu(), turn.now());
    } else {
      // The report quotes the identifier and the random data of the request.
      engine.onPacketTooBig(failure.mtu() - path.address().headerLength(), turn.now());
    }
  }

  private void fail(Throwable cause) {
    if (!over) {
      stop();
      sink.error(cause);
    }
  }

  /** Ends the measurement without a result. */
  void stop() {
    over = true;
    timer.cancel();
    echoes.values().forEach(Disposable::dispose);
    echoes.clear();
  }
}
