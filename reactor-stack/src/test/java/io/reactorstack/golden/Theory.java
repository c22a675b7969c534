package io.reactorstack.golden;

import io.reactorstack.lab.Acks;
import io.reactorstack.tcp.congestion.CongestionControl;
import java.util.SplittableRandom;

/** Theoretical goodput in bit/s, for segments of 1448 bytes. */
final class Theory {

  private static final int MSS = 1448;

  private Theory() {}

  /**
   * The formula of Mathis et al. for Reno with byte counting: sqrt(1.5 / p), which is 1.22 / sqrt(p), segments per
   * round trip.
   */
  static double mathis(double p, int rttMillis) {
    return Math.sqrt(1.5 / p) * MSS * 8 * 1000 / rttMillis;
  }

  /**
   * Simulates {@code algorithm} alone, without TCP: {@code segments} are sent in windows, each lost with probability
   * {@code p}; a window with a loss is repaired in one more round trip, in which the reduced window is sent. There are
   * no timeouts and no lost retransmissions, so this is the limit of what loss recovery can reach.
   */
  static double alone(CongestionControl.Factory algorithm, double p, int rttMillis, int segments) {
    SplittableRandom random = new SplittableRandom(7);
    CongestionControl control = algorithm.create(new CongestionControl.Start(MSS, 10 * MSS, false, 0));
    long rtt = rttMillis * 1_000_000L;
    long now = 0;
    int seq = 0;
    int done = 0;
    while (done < segments) {
      int n = control.cwnd() / MSS;
      int lost = 0;
      for (int i = 1; i <= n; i++) {
        seq += MSS;
        control.onSent(MSS, i * MSS, seq, now);
        lost += random.nextDouble() < p ? 1 : 0;
      }
      now += rtt;
      if (lost > 0) {
        control.onLoss(n * MSS, now);
        control.proposeWindow(control.slowStartThreshold());
        control.onAck(Acks.inRecovery(n * MSS, seq, seq, rtt, now));
      } else {
        int una = seq - n * MSS;
        for (int i = 1; i <= n; i++) {
          una += MSS;
          control.onAck(Acks.measured(MSS, una, seq, rtt, now - rtt + rtt * i / n));
        }
      }
      done += n - lost;
    }
    return done * (double) MSS * 8 / (now / 1e9);
  }
}
