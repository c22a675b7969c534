package io.reactorstack.neighbor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.StageDrop;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.VirtualLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

class LinkOutputTest {

  private static final MacAddress OWN = MacAddress.parse("02:00:00:00:00:01");
  private static final MacAddress PEER = MacAddress.parse("02:00:00:00:00:02");
  private static final int OWN_FRAME = 0x0806;

  private final VirtualLoop loop = new VirtualLoop();
  private final LoopTurn turn = loop.newTurn();
  private final Drops drops = new Drops();
  private final LinkOutput output = new LinkOutput(turn, OWN, drops);
  private final Egress<OutboundPacket> egress = new Egress<>(turn);
  private final List<Integer> sent = new ArrayList<>();
  private int toSend;
  private Subscription device;

  private void start() {
    output
        .merge(egress.flux(), packet -> PEER)
        .subscribe(
            new BaseSubscriber<EthernetFrame>() {
              @Override
              protected void hookOnSubscribe(Subscription subscription) {
                device = subscription;
              }

              @Override
              protected void hookOnNext(EthernetFrame frame) {
                sent.add(frame.type());
                frame.release();
              }
            });
  }

  @Test
  void aPacketOnWhichResolutionFailsCostsOnlyItself() {
    AtomicInteger asked = new AtomicInteger();
    ByteBuf[] first = new ByteBuf[1];
    output
        .merge(
            egress.flux(),
            packet -> {
              if (asked.getAndIncrement() == 0) {
                first[0] = packet.payload();
                throw new IllegalStateException("a defect");
              }
              return PEER;
            })
        .subscribe(new BaseSubscriber<EthernetFrame>() {
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
              return new OutboundPacket(
                  IpAddress.parse("10.0.0.2"), 0x0800, Unpooled.buffer(1).writeByte(1), PacketFacts.LOCAL);
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
  void anOwnFrameGoesInTheNextTurnThoughAllCreditIsPromisedAbove() {
    start();
    device.request(2);
    loop.settle();
    transmitOwn();
    loop.settle();
    assertThat(sent).containsExactly(OWN_FRAME);

    offerPackets(2);
    loop.settle();
    assertThat(sent).as("one packet came too many and is held").containsExactly(OWN_FRAME, 0x0800);
    device.request(1);
    loop.settle();
    assertThat(sent).containsExactly(OWN_FRAME, 0x0800, 0x0800);
  }

  @Test
  void neverMoreThanTheDeviceAskedForAndNothingIsStuck() {
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
          // Stays below the bound, so that nothing is dropped.
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
  void ownFramesThatOutrunTheDeviceAreDroppedAndCounted() {
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
