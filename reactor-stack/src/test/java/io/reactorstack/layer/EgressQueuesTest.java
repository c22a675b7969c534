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
  private final EgressQueues<Unit> queues = new EgressQueues<>(unit -> unit.road.egress(),
      unit -> log.add("out " + unit.name));

  /** A reference whose egress the test can change. */
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

  private record Unit(String name, Road road, ByteBuf payload) implements Pdu {}

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

  private Unit unit(String name, Road road) {
    Unit unit = new Unit(name, road, Unpooled.buffer(1));
    units.add(unit);
    return unit;
  }

  @AfterEach
  void nothingIsLeft() {
    queues.close();
    assertThat(queues.size()).isZero();
    assertThat(units).allMatch(unit -> unit.payload().refCnt() == 0);
    loop.shutdownGracefully();
  }

  @Test
  void eachDeviceHasItsOwnQueue() {
    Road toLeft = new Road(left);
    Road toRight = new Road(right);
    queues.offer(unit("a", toLeft));
    queues.offer(unit("b", toRight));
    queues.offer(unit("c", toLeft));
    assertThat(queues.size()).isEqualTo(3);
    assertThat(queues.size(left)).isEqualTo(2);
    rightDevice.request(5);
    loop.settle();
    assertThat(log).containsExactly("out b", "right b");
    leftDevice.request(5);
    loop.settle();
    assertThat(log).endsWith("out a", "left a", "out c", "left c");
    assertThat(queues.size()).isZero();
  }

  @Test
  void unitsMoveToTheEgressOfTheirChangedWay() {
    Road road = new Road(left);
    queues.offer(unit("a", road));
    queues.offer(unit("b", new Road(left)));
    queues.offer(unit("c", road));
    road.egress = right;
    queues.follow();
    assertThat(queues.size(left)).isOne();
    rightDevice.request(5);
    loop.settle();
    assertThat(log).containsExactly("out a", "right a", "out c", "right c");
    assertThat(queues.size()).isOne();
  }

  @Test
  void unitWithAChangedWayIsNotSentToTheOldDeviceEvenWithoutFollow() {
    Road road = new Road(left);
    queues.offer(unit("a", road));
    road.egress = right;
    leftDevice.request(5);
    rightDevice.request(5);
    loop.settle();
    assertThat(log).containsExactly("out a", "right a");
  }

  @Test
  void removeReturnsTheUnitsOfTheRemovedDevice() {
    queues.offer(unit("a", new Road(left)));
    queues.offer(unit("b", new Road(right)));
    List<String> lost = new ArrayList<>();
    queues.remove(left, unit -> {
      lost.add(unit.name);
      unit.release();
    });
    assertThat(lost).containsExactly("a");
    assertThat(log).containsExactly("out a");
    assertThat(queues.size()).isOne();
    leftDevice.request(5);
    loop.settle();
    assertThat(log).containsExactly("out a");
  }

  @Test
  void closedQueuesRejectUnits() {
    Unit before = unit("a", new Road(left));
    assertThat(queues.offer(before)).isTrue();
    queues.close();
    assertThat(before.payload().refCnt()).isZero();
    Unit after = unit("b", new Road(left));
    assertThat(queues.offer(after)).isFalse();
    assertThat(after.payload().refCnt()).isZero();
  }
}
