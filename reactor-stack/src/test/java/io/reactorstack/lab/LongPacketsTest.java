package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.udp.Datagram;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Packets that are much longer than the MTU, both ways between two hosts, in virtual time. */
class LongPacketsTest {

  private static final int DATAGRAM = 60_000;
  private static final int DATAGRAMS = 100;

  private final VirtualLoop loop = new VirtualLoop();

  private NetworkStack stack(String name, NetworkDevice.Factory device, int host) {
    return UnprobedStack.create().name(name).runOn(loop).random(new Random(host))
        .device(device, "10.1.0." + host + "/24", "fd00::" + host + "/64").startNow();
  }

  private static byte[] content(int number) {
    byte[] content = new byte[DATAGRAM];
    new Random(number).nextBytes(content);
    content[0] = (byte) number;
    return content;
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.1.0.2", "fd00::2"})
  void longDatagramsAndProbesCrossALossyLineBothWays(String peer) {
    MemoryCable cable = MemoryCable.ip(1500);
    Impairment bad = Impairment.none().delay(Duration.ofMillis(5)).loss(0.01).reorder(0.05, Duration.ofMillis(1));
    NetworkStack left = stack("left", ImpairedDevice.around(cable.left(), bad, bad, 4), 1);
    NetworkStack right = stack("right", cable.right(), 2);
    right.udp().bind(new Endpoint(IpAddress.parse(peer), 7).toInetSocketAddress())
        .flatMap(socket -> socket.send(socket.receive().map(datagram -> datagram.reply(datagram.payload()))))
        .subscribe(nothing -> {
        }, stopped -> {
        });
    List<byte[]> echoed = new ArrayList<>();
    left.udp().connect(new Endpoint(IpAddress.parse(peer), 7).toInetSocketAddress()).subscribe(socket -> {
      socket.receive().subscribe(datagram -> {
        echoed.add(ByteBufUtil.getBytes(datagram.payload()));
        datagram.release();
      }, stopped -> {
      });
      for (int i = 0; i < DATAGRAMS; i++) {
        byte[] content = content(i);
        socket.send(Mono.fromSupplier(() -> Datagram.toPeer(Unpooled.wrappedBuffer(content)))).subscribe();
        loop.advance(Duration.ofMillis(100));
      }
    });
    List<PingReply> replies = new ArrayList<>();
    PingOptions options = PingOptions.DEFAULT.size(65_000).count(30).timeout(Duration.ofMillis(100));
    left.icmp().ping(IpAddress.parse(peer), options).ofType(PingReply.class).subscribe(replies::add);
    loop.advance(Duration.ofMinutes(2));

    // A packet of 41 fragments arrives with a probability of 0.99 to the power of 41, twice.
    assertThat(echoed).as(left.drops() + " " + right.drops()).hasSizeBetween(25, 65);
    for (byte[] each : echoed) {
      assertThat(each).isEqualTo(content(each[0]));
    }
    assertThat(replies).hasSizeBetween(5, 25).allSatisfy(reply -> assertThat(reply.size()).isEqualTo(65_000));
    FrameBalance.assertBalanced(left);
    FrameBalance.assertBalanced(right);
    left.dispose();
    right.dispose();
    loop.settle();
    FrameBalance.assertBalanced(left);
    FrameBalance.assertBalanced(right);
  }

  @Test
  void longDatagramsCrossTheEthernetOfTheLab() {
    try (Lab lab = Lab.virtual(3)) {
      Switch lan = lab.newSwitch("lan");
      Host left = lab.host("left").address("10.0.0.1/24").wire(w -> w.delay(Duration.ofMillis(5)).loss(0.01))
          .connectTo(lan);
      Host right = lab.host("right").address("10.0.0.2/24").connectTo(lan);
      List<ByteBuf> received = new ArrayList<>();
      lab.await(right.stack().udp().bind(7)).receive().subscribe(datagram -> received.add(datagram.payload()));
      var socket = lab.await(left.stack().udp().connect("10.0.0.2", 7));
      lab.await(socket.send(Flux.range(0, DATAGRAMS).delayElements(Duration.ofMillis(50))
          .map(i -> Datagram.toPeer(Unpooled.wrappedBuffer(content(i))))));
      lab.await(Mono.delay(Duration.ofMillis(10)));
      assertThat(received).hasSizeBetween(45, 85)
          .allSatisfy(
              each -> assertThat(ByteBufUtil.getBytes(each)).isEqualTo(content(each.getByte(each.readerIndex()))));
      received.forEach(ByteBuf::release);
    }
  }
}
