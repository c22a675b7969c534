package io.reactorstack.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.Pdu;
import io.reactorstack.testing.VirtualLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

class EgressQueuesTest {

  private final VirtualLoop loop = new VirtualLoop();
  private final LoopTurn turn = loop.newTurn();
  private final Egress<Unit> left = new Egress<>(turn);
  private final Egress<Unit> right = new Egress<>(turn);
  private final List<String> log = new ArrayList<>();
  private final BaseSubscriber<Unit> leftDevice = device("left", left);
  private final BaseSubscriber<Unit> rightDevice = device("right", right);
  private final List<Unit> units = new ArrayList<>();
  private final EgressQueues<Unit> lanes = new EgressQueues<>(unit -> unit.way.egress(),
      unit -> log.add("out " + unit.name));

  /** A way whose egress the test can change. */
  private static final class Road implements EgressRef<Unit> {

    private Egress<Unit> egress;

    Road(Egress<Unit> egress) {
      this.egress = egress;
    }

    @Override
    public Egress<Unit> egress() {
      return egress;
    }
  }

  private record Unit(String name, Road way, ByteBuf payload) implements Pdu {}

  private BaseSubscriber<Unit> device(String name, Egress<Unit> egress) {
    var device = new BaseSubscriber<Unit>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        // The test requests units itself.
      }

      @Override
      protected void hookOnNext(Unit unit) {
        log.add(name + " " + unit.name);
        unit.release();
      }
    };
    egress.flux().subscribe(device);
    return device;
  }

  private Unit unit(String name, Road way) {
    Unit unit = new Unit(name, way, Unpooled.buffer(1));
    units.add(unit);
    return unit;
  }

  @AfterEach
  void nothingIsLeft() {
    lanes.close();
    assertThat(lanes.size()).isZero();
    assertThat(units).allMatch(unit -> unit.payload().refCnt() == 0);
    loop.shutdownGracefully();
  }

  @Test
  void eachDeviceHasItsOwnQueue() {
    Road toLeft = new Road(left);
    Road toRight = new Road(right);
    lanes.offer(unit("a", toLeft));
    lanes.offer(unit("b", toRight));
    lanes.offer(unit("c", toLeft));
    assertThat(lanes.size()).isEqualTo(3);
    assertThat(lanes.size(left)).isEqualTo(2);
    rightDevice.request(5);
    loop.settle();
    assertThat(log).containsExactly("out b", "right b");
    leftDevice.request(5);
    loop.settle();
    assertThat(log).endsWith("out a", "left a", "out c", "left c");
    assertThat(lanes.size()).isZero();
  }

  @Test
  void unitsMoveToTheEgressOfTheirChangedWay() {
    Road road = new Road(left);
    lanes.offer(unit("a", road));
    lanes.offer(unit("b", new Road(left)));
    lanes.offer(unit("c", road));
    road.egress = right;
    lanes.follow();
    assertThat(lanes.size(left)).isOne();
    rightDevice.request(5);
    loop.settle();
    assertThat(log).containsExactly("out a", "right a", "out c", "right c");
    assertThat(lanes.size()).isOne();
  }

  @Test
  void unitWithAChangedWayIsNotSentToTheOldDeviceEvenWithoutFollow() {
    Road road = new Road(left);
    lanes.offer(unit("a", road));
    road.egress = right;
    leftDevice.request(5);
    rightDevice.request(5);
    loop.settle();
    assertThat(log).containsExactly("out a", "right a");
  }

  @Test
  void removeReturnsTheUnitsOfTheRemovedDevice() {
    lanes.offer(unit("a", new Road(left)));
    lanes.offer(unit("b", new Road(right)));
    List<String> lost = new ArrayList<>();
    lanes.remove(left, unit -> {
      lost.add(unit.name);
      unit.release();
    });
    assertThat(lost).containsExactly("a");
    assertThat(log).containsExactly("out a");
    assertThat(lanes.size()).isOne();
    leftDevice.request(5);
    loop.settle();
    assertThat(log).containsExactly("out a");
  }

  @Test
  void closedLanesRejectUnits() {
    Unit before = unit("a", new Road(left));
    assertThat(lanes.offer(before)).isTrue();
    lanes.close();
    assertThat(before.payload().refCnt()).isZero();
    Unit after = unit("b", new Road(left));
    assertThat(lanes.offer(after)).isFalse();
    assertThat(after.payload().refCnt()).isZero();
  }
}
