package io.reactorstack.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.packet.DropReason;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MetersTest {

  private enum Odd implements DropReason {
    RECEIVED(Kind.INBOUND),
    SENT(Kind.OUTBOUND),
    NOTICED(Kind.NOTICE);

    private final Kind kind;

    Odd(Kind kind) {
      this.kind = kind;
    }

    @Override
    public String layer() {
      return "odd";
    }

    @Override
    public Kind kind() {
      return kind;
    }
  }

  private final Meters meters = new Meters();
  private final Meters first = meters.with(MeterTag.SHARD, "0");
  private final Meters second = meters.with(MeterTag.SHARD, "1");

  @Test
  void aSampleHasNameTagsKindAndValue() {
    first.with(MeterTag.INTERFACE, "tap0").counter(FrameMeter.FRAMES_SENT).add(3);
    first.gauge(FrameMeter.FRAMES_HELD).set(5);
    meters.add(FrameMeter.OCTETS_SENT, () -> 7);

    assertThat(meters.samples()).containsExactly(
        new MeterSample("frames.held", Map.of("shard", "0"), MeterName.Kind.GAUGE, 5),
        new MeterSample("frames.sent", Map.of("shard", "0", "interface", "tap0"), MeterName.Kind.COUNTER, 3),
        new MeterSample("octets.sent", Map.of(), MeterName.Kind.COUNTER, 7));
    assertThat(meters).hasToString("""
        frames.held{shard=0} 5
        frames.sent{interface=tap0, shard=0} 3
        octets.sent 7""");
  }

  @Test
  void aViewShowsAndSumsTheMetersThatCarryItsTags() {
    first.with(MeterTag.INTERFACE, "lo").counter(FrameMeter.FRAMES_RECEIVED).add(1);
    second.with(MeterTag.INTERFACE, "lo").counter(FrameMeter.FRAMES_RECEIVED).add(10);
    second.counter(FrameMeter.FRAMES_SENT).add(100);

    assertThat(meters.sum(FrameMeter.FRAMES_RECEIVED)).isEqualTo(11);
    assertThat(second.sum(FrameMeter.FRAMES_RECEIVED)).isEqualTo(10);
    assertThat(meters.with(MeterTag.INTERFACE, "lo").samples()).hasSize(2);
    assertThat(first.with(MeterTag.INTERFACE, "tap0").samples()).isEmpty();
  }

  @Test
  void sameNameAndTagsReturnTheSameMeter() {
    Counter counter = first.counter(FrameMeter.FRAMES_SENT);
    assertThat(meters.with(MeterTag.SHARD, "0").counter(FrameMeter.FRAMES_SENT)).isSameAs(counter);
    assertThat(second.counter(FrameMeter.FRAMES_SENT)).isNotSameAs(counter);
  }

  @Test
  void dropsAreMetersByKindAndReason() {
    Drops ofInterface = new Drops(first.with(MeterTag.INTERFACE, "tap0"));
    Drops ofShard = new Drops(first);
    Drops all = new Drops(meters);
    ofInterface.count(Odd.RECEIVED);
    ofShard.count(Odd.RECEIVED);
    ofShard.count(Odd.SENT);
    ofShard.count(Odd.NOTICED);
    ofShard.note(Odd.RECEIVED);

    assertThat(meters.sum(FrameMeter.FRAMES_DROPPED)).isEqualTo(2);
    assertThat(meters.sum(FrameMeter.SENDING_DROPPED)).isOne();
    assertThat(meters.sum(FrameMeter.NOTICES)).isEqualTo(2);
    assertThat(ofInterface.snapshot()).isEqualTo(Map.of("odd.RECEIVED", 1L));
    assertThat(all.snapshot()).isEqualTo(Map.of("odd.RECEIVED", 3L, "odd.SENT", 1L, "odd.NOTICED", 1L));
    assertThat(all.get(Odd.RECEIVED)).isEqualTo(3);
    assertThat(all.total()).isEqualTo(5);
  }

  @Test
  void faultCountsTheCurrentFrameAsDroppedOnce() {
    Drops drops = new Drops(first);
    RuntimeException defect = new RuntimeException("the test's own");
    drops.fault(defect);
    assertThat(meters.sum(FrameMeter.FRAMES_DROPPED)).as("nothing was received").isZero();

    first.with(MeterTag.INTERFACE, "tap0").counter(FrameMeter.FRAMES_RECEIVED).increment();
    new Drops(second).fault(defect);
    assertThat(meters.sum(FrameMeter.FRAMES_DROPPED)).as("the open frame belongs to another shard").isZero();
    drops.fault(defect);
    assertThat(meters.sum(FrameMeter.FRAMES_DROPPED)).isOne();
    drops.fault(defect);
    assertThat(meters.sum(FrameMeter.FRAMES_DROPPED)).as("a frame is counted once").isOne();

    first.with(MeterTag.INTERFACE, "tap0").counter(FrameMeter.FRAMES_RECEIVED).increment();
    first.gauge(FrameMeter.FRAMES_HELD).set(1);
    drops.fault(defect);
    assertThat(meters.sum(FrameMeter.FRAMES_DROPPED)).as("a held frame is not dropped").isOne();
    assertThat(drops.get(StageDrop.STAGE_FAULT)).isEqualTo(4);
  }
}
