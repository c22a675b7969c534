package io.reactorstack.neighbor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Originator;
import io.reactorstack.layer.StageDrop;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.VirtualLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

class LinkOutputTest {

  private static final MacAddress OWN = MacAddress.parse("02:00:00:00:00:01");
  private static final MacAddress PEER = MacAddress.parse("02:00:00:00:00:02");
  private static final int OWN_FRAME = 0x0806;

  private final VirtualLoop loop = new VirtualLoop();
  private final LoopTurn turn = loop.newTurn();
  private final Drops drops = new Drops();
  /** Created before the output, as in an interface: at the end of a turn the layers above send before the link does. */
  private final Egress<LinkPacket> egress = new Egress<>(turn);
  private final LinkOutput output = new LinkOutput(new LinkContext(
      turn, OWN, new NeighborTimeline.OneNetwork(), drops, HostMemory.unlimited(ByteBufAllocator.DEFAULT)));
  private final List<Integer> sent = new ArrayList<>();
  private final Neighbor station = new Station();
  private Function<LinkPacket, @Nullable MacAddress> addressOf = packet -> PEER;
  private int toSend;
  private Subscription device;

  private void start() {
    subscribe(packet -> PEER, frame -> {});
  }

  private void subscribe(
      Function<LinkPacket, @Nullable MacAddress> addresses, Consumer<EthernetFrame> also) {
    addressOf = addresses;
    output.merge(egress.flux()).subscribe(collector(also));
  }

  /** The next hop of all packets; {@link #addressOf} decides about each. */
  private final class Station implements Neighbor {

    @Override
    public boolean isCurrent() { return true; }

    @Override
    public void confirm() {
      // Not used.
    }

    @Override
    public void doubt() {
      // Not used.
    }

    @Override
    public @Nullable MacAddress linkAddressFor(LinkPacket packet) {
      return addressOf.apply(packet);
    }
  }

  /** Returns a device that requests nothing by itself. */
  private BaseSubscriber<EthernetFrame> collector(Consumer<EthernetFrame> also) {
    return new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        device = subscription;
      }

      @Override
      protected void hookOnNext(EthernetFrame frame) {
        sent.add(frame.type());
        also.accept(frame);
        frame.release();
      }
    };
  }

  /** Returns a source that records its requests and its cancellation. */
  private static Flux<LinkPacket> above(List<Long> requested, boolean[] cancelled) {
    return Flux.from(subscriber -> subscriber.onSubscribe(new Subscription() {
      @Override
      public void request(long n) {
        requested.add(n);
      }

      @Override
      public void cancel() {
        cancelled[0] = true;
      }
    }));
  }

  private LinkPacket packet(int mark) {
    return new LinkPacket(
        station, 0x0800, Unpooled.buffer(1).writeByte(mark), PacketFacts.LOCAL, Originator.NOBODY);
  }

  private void offerPacket(LinkPacket packet) {
    Deque<LinkPacket> one = new ArrayDeque<>(List.of(packet));
    egress.open(one::pollFirst).ready();
  }

  @Test
  void anExceptionInResolutionCostsOnlyItsPacket() {
    AtomicInteger asked = new AtomicInteger();
    ByteBuf[] first = new ByteBuf[1];
    addressOf = packet -> {
      if (asked.getAndIncrement() == 0) {
        first[0] = packet.payload();
        throw new IllegalStateException("a defect");
      }
      return PEER;
    };
    output.merge(egress.flux()).subscribe(new BaseSubscriber<EthernetFrame>() {
      @Override
      protected void hookOnNext(EthernetFrame frame) {
        sent.add(frame.type());
        frame.release();
      }
    });
    offerPackets(3);
    loop.settle();
    assertThat(sent).hasSize(2);
    assertThat(first[0].refCnt()).isZero();
    assertThat(drops.get(StageDrop.STAGE_FAULT)).isEqualTo(1);
  }

  private void offerPackets(int count) {
    toSend += count;
    egress
        .open(
            () -> {
              if (toSend == 0) {
                return null;
              }
              toSend--;
              return packet(1);
            })
        .ready();
  }

  private void transmitOwn() {
    output.transmit(
        new EthernetFrame(PEER, OWN, OWN_FRAME, Unpooled.buffer(1).writeByte(1), PacketFacts.LOCAL));
  }

  @Test
  void ownFramesGoFirst() {
    start();
    offerPackets(3);
    transmitOwn();
    transmitOwn();
    device.request(3);
    loop.settle();

    assertThat(sent).containsExactly(OWN_FRAME, OWN_FRAME, 0x0800);
  }

  @Test
  void anOwnFrameIsSentInTheNextTurnThoughAllDemandIsRequestedAbove() {
    start();
    device.request(2);
    loop.settle();
    transmitOwn();
    loop.settle();
    assertThat(sent).containsExactly(OWN_FRAME);

    offerPackets(2);
    loop.settle();
    assertThat(sent).as("the surplus packet waits").containsExactly(OWN_FRAME, 0x0800);
    device.request(1);
    loop.settle();
    assertThat(sent).containsExactly(OWN_FRAME, 0x0800, 0x0800);
  }

  @Test
  void aPacketDoesNotOvertakeAnOwnFrameOfTheSameTurn() {
    start();
    device.request(10);
    loop.settle();
    turn.dirty(() -> {
      transmitOwn();
      offerPackets(2);
    });
    loop.settle();
    assertThat(sent).containsExactly(OWN_FRAME, 0x0800, 0x0800);
  }

  @Test
  void aResolvedPacketIsSentInTheNextTurn() {
    start();
    device.request(1);
    loop.settle();
    output.transmit(packet(1), PEER);
    loop.settle();
    assertThat(sent).containsExactly(0x0800);
  }

  @Test
  void aLaterPacketDoesNotOvertakeAResolvedOne() {
    List<Integer> marks = new ArrayList<>();
    subscribe(packet -> PEER, frame -> marks.add((int) frame.payload().getByte(0)));
    device.request(10);
    loop.settle();
    turn.dirty(() -> {
      output.transmit(packet(1), PEER);
      output.transmit(packet(2), PEER);
      offerPacket(packet(3));
    });
    loop.settle();
    assertThat(marks).containsExactly(1, 2, 3);
  }

  // The device requests the next frame during onNext.
  @Test
  void ownFramesGoFirstIfTheDeviceRequestsOneFrameAtATime() {
    subscribe(packet -> PEER, frame -> device.request(1));
    offerPackets(2);
    transmitOwn();
    transmitOwn();
    device.request(1);
    loop.settle();
    assertThat(sent).containsExactly(OWN_FRAME, OWN_FRAME, 0x0800, 0x0800);
  }

  // A packet for which addressOf returns null waits or is dropped there; the next packet uses its demand.
  @Test
  void anUnresolvedPacketIsReplacedByTheNext() {
    subscribe(packet -> {
      packet.release();
      return null;
    }, frame -> {});
    device.request(1);
    offerPackets(5);
    loop.settle();
    assertThat(toSend).as("packets not requested").isZero();
  }

  @Test
  void aPacketReleasedBeforeAnExceptionIsNotReleasedTwice() {
    subscribe(packet -> {
      packet.release();
      throw new IllegalStateException("a defect");
    }, frame -> {});
    device.request(1);
    offerPackets(2);
    loop.settle();
    assertThat(drops.get(StageDrop.STAGE_FAULT)).isEqualTo(2);
  }

  // Own frames use demand that was requested from above already; it is not requested a second time.
  @Test
  void demandIsRequestedAboveOnce() {
    List<Long> requested = new ArrayList<>();
    boolean[] cancelled = new boolean[1];
    output.merge(above(requested, cancelled)).subscribe(collector(frame -> {}));
    device.request(3);
    assertThat(requested).containsExactly(3L);
    transmitOwn();
    loop.settle();
    device.request(1);
    assertThat(requested).containsExactly(3L);
    device.request(2);
    assertThat(requested).containsExactly(3L, 2L);
    device.request(Long.MAX_VALUE);
    device.request(1);
    assertThat(requested).containsExactly(3L, 2L, Long.MAX_VALUE);
  }

  @Test
  void cancellationByTheDeviceReleasesWaitingFramesAndCancelsTheSource() {
    List<Long> requested = new ArrayList<>();
    boolean[] cancelled = new boolean[1];
    output.merge(above(requested, cancelled)).subscribe(collector(frame -> {}));
    LinkPacket waiting = packet(1);
    output.transmit(waiting, PEER);
    device.cancel();
    assertThat(waiting.payload().refCnt()).isZero();
    assertThat(cancelled).containsExactly(true);
    device.request(1);
    assertThat(requested).as("no further request").isEmpty();
  }

  @Test
  void hasOneSubscriberAtATime() {
    start();
    StepVerifier.create(output.merge(Flux.never())).verifyErrorMessage("an interface allows one subscriber at a time");
    device.cancel();
    start();
    transmitOwn();
    device.request(1);
    loop.settle();
    assertThat(sent).as("the next subscriber").containsExactly(OWN_FRAME);
  }

  @Test
  void passesCompletionOn() {
    LinkPacket waiting = packet(1);
    Sinks.Empty<LinkPacket> above = Sinks.empty();
    StepVerifier.create(output.merge(above.asMono().flux()), 0)
        .then(() -> output.transmit(waiting, PEER))
        .then(above::tryEmitEmpty)
        .verifyComplete();
    assertThat(waiting.payload().refCnt()).isZero();
  }

  @Test
  void passesErrorsOn() {
    LinkPacket waiting = packet(1);
    Sinks.Empty<LinkPacket> above = Sinks.empty();
    StepVerifier.create(output.merge(above.asMono().flux()), 0)
        .then(() -> output.transmit(waiting, PEER))
        .then(() -> above.tryEmitError(new IllegalStateException("above")))
        .verifyErrorMessage("above");
    assertThat(waiting.payload().refCnt()).isZero();
  }

  @Test
  void aClosedOutputDropsEverything() {
    start();
    LinkPacket before = packet(1);
    output.transmit(before, PEER);
    output.close();
    assertThat(before.payload().refCnt()).isZero();
    LinkPacket after = packet(2);
    output.transmit(after, PEER);
    transmitOwn();
    assertThat(after.payload().refCnt()).isZero();
    assertThat(drops.get(NeighborDrop.OWN_QUEUE_FULL)).isEqualTo(2);
  }

  @Test
  void neverExceedsTheDemandAndNeverStalls() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    start();
    int credit = 0;
    int offered = 0;
    int own = 0;
    for (int i = 0; i < 20_000; i++) {
      switch (random.nextInt(4)) {
        case 0 -> {
          int n = 1 + random.nextInt(5);
          credit += n;
          device.request(n);
        }
        case 1 -> {
          int n = random.nextInt(4);
          offered += n;
          offerPackets(n);
        }
        case 2 -> {
          // Stay below the bound, so that no frame is dropped.
          if (own - sent.stream().filter(type -> type == OWN_FRAME).count() < 50) {
            own++;
            transmitOwn();
          }
        }
        default -> loop.settle();
      }
      if (i % 50 == 0) {
        loop.settle();
        assertThat(sent.size()).as("seed " + seed).isEqualTo(Math.min(credit, offered + own));
        int rest = offered + own - sent.size();
        credit += rest;
        if (rest > 0) {
          device.request(rest);
        }
        loop.settle();
        assertThat(sent.size()).as("seed " + seed).isEqualTo(offered + own);
        credit -= sent.size();
        sent.clear();
        offered = 0;
        own = 0;
      }
    }
    assertThat(drops.total()).isZero();
  }

  @Test
  void ownFramesBeyondTheBoundAreDroppedAndCounted() {
    start();
    for (int i = 0; i < LinkOutput.OWN_FRAMES + 5; i++) {
      transmitOwn();
    }
    loop.settle();
    assertThat(drops.get(NeighborDrop.OWN_QUEUE_FULL)).isEqualTo(5);
    device.cancel();
    loop.settle();
    assertThat(sent).isEmpty();
  }
}
