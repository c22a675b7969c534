package io.reactorstack.pathmtu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.pathmtu.PathMtu;
import io.reactorstack.pathmtu.PathMtuSettings;
import java.util.ArrayList;
import java.util.List;

/**
 * A discovery on a time line. Times are seconds since the start; {@link #at} fails if the engine sends a probe before
 * the given time. A probe is named by its size.
 */
final class ProbeTimeline {

  private static final long SECOND = 1_000_000_000L;
  private static final long ORIGIN = -5 * SECOND;

  /** The size of an IPv4 packet's datagram that fills a link of 1500. */
  static final int FULL = 1480;

  final PathMtuEngine engine;
  final List<PathMtu> changes = new ArrayList<>();
  private final List<Probe> probes = new ArrayList<>();
  private int expected;
  private long now = ORIGIN;

  ProbeTimeline(PathMtuSettings settings, boolean v4, int linkMtu) {
    engine = new PathMtuEngine(settings, v4 ? 20 : 40, 8, linkMtu);
    changes.add(engine.current());
  }

  static ProbeTimeline start() {
    return start(PathMtuSettings.DEFAULT);
  }

  /** Starts a discovery over IPv4 on a link of 1500. */
  static ProbeTimeline start(PathMtuSettings settings) {
    return new ProbeTimeline(settings, true, 1500).begin();
  }

  ProbeTimeline begin() {
    engine.start(now);
    return settle();
  }

  /** Starts one that has found 1480 at second 0.2, with a round trip of 0.1 s. */
  static ProbeTimeline complete(PathMtuSettings settings) {
    ProbeTimeline t = start(settings);
    t.expect(1200).at(0.1).ack().expect(FULL).at(0.2).ack().expect();
    return t.state(PathMtu.Phase.SEARCH_COMPLETE, FULL);
  }

  private ProbeTimeline settle() {
    for (Probe probe = engine.poll(now); probe != null; probe = engine.poll(now)) {
      probes.add(probe);
      assertThat(probes.size()).as("probes").isLessThan(10_000);
    }
    if (engine.current() != changes.getLast()) {
      changes.add(engine.current());
    }
    return this;
  }

  // ---- time

  /** Advances to {@code seconds}; the engine must send nothing before. */
  ProbeTimeline at(double seconds) {
    expect();
    long target = ORIGIN + Math.round(seconds * SECOND);
    assertThat(target).as("time runs forward").isGreaterThanOrEqualTo(now);
    while (engine.nextDeadline() < target) {
      step(engine.nextDeadline());
      assertThat(probes.subList(expected, probes.size())).as("at %s s, before %s s", time(), seconds).isEmpty();
    }
    return step(target);
  }

  /** Advances to the next deadline. */
  ProbeTimeline next() {
    assertThat(engine.nextDeadline()).as("a deadline").isNotEqualTo(PathMtuEngine.NEVER);
    return step(engine.nextDeadline());
  }

  private ProbeTimeline step(long target) {
    now = Math.max(now, target);
    engine.onTimeout(now);
    return settle();
  }

  double time() {
    return (now - ORIGIN) / 1e9;
  }

  // ---- inputs

  /** Acknowledges the last probe. */
  ProbeTimeline ack() {
    return ack(probes.size() - 1);
  }

  /** Acknowledges the {@code n}-th probe, counted from 0. */
  ProbeTimeline ack(int n) {
    engine.onProbeAcknowledged(probes.get(n).id(), now);
    return settle();
  }

  /** Reports the last probe as lost. */
  ProbeTimeline lose() {
    engine.onProbeLost(probes.getLast().id(), now);
    return settle();
  }

  ProbeTimeline notSent() {
    engine.onProbeNotSent(probes.getLast().id(), now);
    return settle();
  }

  ProbeTimeline tooLongForLink(int mtu) {
    engine.onTooLongForLink(probes.getLast().id(), mtu, now);
    return settle();
  }

  ProbeTimeline tooBig(int size) {
    engine.onPacketTooBig(size, now);
    return settle();
  }

  ProbeTimeline data() {
    engine.onDatagramSent();
    return settle();
  }

  ProbeTimeline delivered() {
    engine.onDelivered(now);
    return settle();
  }

  ProbeTimeline blackHole() {
    engine.onBlackHole(now);
    return settle();
  }

  ProbeTimeline link(int mtu) {
    engine.onLinkChanged(mtu);
    return settle();
  }

  /** Lets three probes of the size in flight expire; two more of the same size must follow the first. */
  ProbeTimeline loseAll() {
    int size = probes.getLast().size();
    return next().expect(size).next().expect(size).next();
  }

  /** Runs until the search is complete, on a path that carries datagrams of up to {@code most}, and counts the losses. */
  int search(int most) {
    int lost = 0;
    while (engine.current().phase() != PathMtu.Phase.SEARCH_COMPLETE) {
      assertThat(time()).isLessThan(10_000);
      if (probes.getLast().size() <= most) {
        now += SECOND / 10;
        ack();
      } else {
        lost++;
        next();
      }
    }
    expected = probes.size();
    return lost;
  }

  // ---- expectations

  /** Expects probes of these sizes since the last call. */
  ProbeTimeline expect(Integer... sizes) {
    assertThat(probes.subList(expected, probes.size())).extracting(Probe::size).as("probes at %s s", time())
        .containsExactly(sizes);
    expected = probes.size();
    return this;
  }

  ProbeTimeline state(PathMtu.Phase phase, int plpmtu) {
    assertThat(engine.current().phase() + " " + engine.current().plpmtu()).isEqualTo(phase + " " + plpmtu);
    return this;
  }

  ProbeTimeline cause(PathMtu.Cause cause) {
    assertThat(engine.current().cause()).isEqualTo(cause);
    return this;
  }

  /** Expects that nothing will happen any more without an input. */
  ProbeTimeline idle() {
    expect();
    assertThat(engine.nextDeadline()).isEqualTo(PathMtuEngine.NEVER);
    return this;
  }
}
