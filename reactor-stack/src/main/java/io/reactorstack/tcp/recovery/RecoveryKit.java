package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;
import org.jspecify.annotations.Nullable;

/**
 * The loss recovery parts of one connection, chosen by the agreed options and the settings. Passes each acknowledgement
 * through them: {@link #onAck}, then {@link #recover}.
 */
public final class RecoveryKit {

  /**
   * The features that recovery may use.
   *
   * @param sack whether both sides permit selective acknowledgement (RFC 2018)
   * @param rack whether losses are detected by time (RFC 8985); only with {@code sack}
   * @param forwardRto whether timeouts are examined for being spurious (RFC 5682)
   * @param duplicateThreshold DupThresh
   */
  public record Options(boolean sack, boolean rack, boolean forwardRto, int duplicateThreshold) {}

  private final boolean sack;
  private final RetransmissionQueue queue = new RetransmissionQueue();
  private final MinimumRoundTrip minimum = new MinimumRoundTrip();
  private final RateSampler sampler = new RateSampler(queue);
  /** Created by the first SACK option. */
  private @Nullable SackBlocks blocks;
  private final LossRecovery recovery;
  private final CongestionControl congestion;
  private final @Nullable RackDetection rack;
  private final AckReport report;
  private final RecoverySample sample;
  private long duplicateReports;

  /** Creates the parts, with nothing in flight; {@code iss} is the initial send sequence number. */
  public RecoveryKit(Options options, CongestionControl congestion, RttEstimator rtt, int iss) {
    this.sack = options.sack;
    this.congestion = congestion;
    if (!options.sack) {
      DuplicateAckDetection detection = new DuplicateAckDetection(options.duplicateThreshold);
      recovery = new NewRenoRecovery(queue, congestion, detection, options.forwardRto, iss);
      rack = null;
      report = new AckReport(sampler);
    } else if (options.rack) {
      rack = new RackDetection(queue, rtt, minimum, options.duplicateThreshold);
      recovery = new SackRecovery(queue, congestion, rack, false, options.forwardRto);
      report = new AckReport(sampler, rack);
    } else {
      ScoreboardDetection detection = new ScoreboardDetection(queue, congestion, options.duplicateThreshold);
      recovery = new SackRecovery(queue, congestion, detection, true, options.forwardRto);
      rack = null;
      report = new AckReport(sampler);
    }
    sample = new RecoverySample(queue, sampler, report, minimum, rtt, recovery);
  }

  /** The segments in flight. */
  public RetransmissionQueue queue() {
    return queue;
  }

  /** The algorithm that repairs losses. */
  public LossRecovery recovery() {
    return recovery;
  }

  /** The delivery rate. */
  public RateSampler sampler() {
    return sampler;
  }

  /** Returns whether the peer reports what it has received out of order (SACK). */
  public boolean isSack() {
    return sack;
  }

  /** The least round-trip time of the last minutes, in nanoseconds; 0 before the first sample. */
  public long minRtt() {
    return minimum.value();
  }

  /** The number of D-SACK blocks received. */
  public long duplicateReports() {
    return duplicateReports;
  }

  /**
   * Updates queue and scoreboard with an acceptable acknowledgement. The caller completes the report by
   * {@link AckReport#end} and then calls {@link #recover}. The report is valid until the next call.
   *
   * @param ack the acknowledgement number
   * @param sackEdges the edges of the SACK option; ignored if SACK was not agreed on
   * @param maxWindow the largest window that the peer has ever offered
   * @param echoedAt as for {@link AckReport#begin}
   */
  public AckReport onAck(int ack, int sndUna, int sndNxt, int[] sackEdges, int maxWindow, long echoedAt, long now) {
    report.begin(sndUna, sndNxt, queue.sackedBytes(), echoedAt);
    sample.begin(now);
    sampler.begin(now);
    if (rack != null) {
      rack.begin(echoedAt, now);
    }
    int una = sndUna;
    if (SequenceNumber.after(ack, sndUna)) {
      una = ack;
      queue.acknowledge(ack, report);
    }
    report.acknowledged(una);
    if (rack != null) {
      rack.acknowledged();
    }
    if (sack && sackEdges.length > 0) {
      onSack(sackEdges, ack, una, sndNxt, maxWindow);
    }
    if (sack && report.isAdvance() && isReneged()) {
      recovery.onReneged();
    }
    long start = report.roundTripStart();
    if (start != AckReport.NO_SAMPLE && rack == null) {
      minimum.onSample(now - start, now);
    }
    return report;
  }

  /**
   * Takes the rate sample, detects and repairs losses, and passes the results to the congestion control. Called after
   * {@link AckReport#end}.
   *
   * @param roundTrip the round-trip time that the acknowledgement measures, in nanoseconds, or a negative number
   * @return whether the retransmission timer must be restarted
   */
  public boolean recover(long roundTrip, long now) {
    sampler.end(report.delivered(), minimum.value());
    boolean restart = recovery.onAck(report, now);
    if (report.isDelivery() || sample.newlyLost() > 0) {
      sample.end(roundTrip);
      congestion.onAck(sample);
    }
    return restart;
  }

  private void onSack(int[] edges, int ack, int sndUna, int sndNxt, int maxWindow) {
    SackBlocks blocks = blocks();
    blocks.read(edges, ack, sndUna, sndNxt, maxWindow);
    if (blocks.hasDuplicate()) {
      duplicateReports++;
      report.duplicated(blocks.duplicateLeft(), blocks.duplicateRight());
    }
    // Limits the records that a peer can make us keep by reporting tiny blocks.
    int most = 64 + 2 * (queue.bytes() / congestion.segmentSize());
    for (int i = 0; i < blocks.count(); i++) {
      queue.sack(blocks.left(i), blocks.right(i), most, report);
    }
  }

  /**
   * Returns whether the peer has reneged. RFC 2018 section 8: if it still had the data at SND.UNA, it would have
   * acknowledged it.
   */
  private SackBlocks blocks() {
    SackBlocks known = blocks;
    if (known == null) {
      known = new SackBlocks();
      blocks = known;
    }
    return known;
  }

  private boolean isReneged() {
    SentSegment first = queue.sackedSegments() == 0 ? null : queue.first();
    return first != null && first.isSacked();
  }
}
