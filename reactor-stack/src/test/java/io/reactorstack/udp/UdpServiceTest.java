package io.reactorstack.udp;

import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.octets;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.testing.CountingAllocator;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A service that answers datagrams with one endless send: no datagram of a stranger ends the send, and each loss is
 * counted.
 */
class UdpServiceTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final String FAR = "192.0.2.9";
  private static final int PAYLOAD = 20 + 8;
  private static final long NO_MORE = 1_000_000;

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24");
  private final List<Throwable> ends = new ArrayList<>();
  private UdpConnection socket;

  @AfterEach
  void close() {
    host.close();
    loop.settle();
    host.device.takeSent();
    assertThat(host.memory.live()).as("leaked buffers").isZero();
  }

  private void serve(Function<Datagram, Datagram> answer) {
    host.udp.api().bind(7).subscribe(s -> {
      socket = s;
      run(s.send(s.receive().map(answer)));
    });
    loop.settle();
  }

  private void run(Mono<Void> sending) {
    sending.subscribe(nothing -> {}, ends::add, () -> ends.add(new AssertionError("completed")));
  }

  private void arrives(String source, int port, byte[] data) {
    host.device.inject(ipv4(source, OWN, 17, udp(source, port, OWN, 7, data)));
    loop.settle();
  }

  /** Returns the first data octet of each datagram sent. */
  private List<Integer> sent() {
    return host.device.takeSent().stream().map(packet -> (int) packet[PAYLOAD]).toList();
  }

  private void assertServed() {
    arrives(PEER, 4000, new byte[] {42});
    assertThat(ends).isEmpty();
    assertThat(sent()).containsExactly(42);
  }

  @Test
  void datagramFromPortZeroIsNotAnsweredAndTheServiceContinues() {
    serve(d -> d.reply(d.payload()));
    arrives(PEER, 0, new byte[] {1});
    assertThat(sent()).isEmpty();
    assertServed();
    assertThat(host.drops.get(UdpDrop.BAD_DESTINATION)).isEqualTo(1);
  }

  @Test
  void datagramWithoutRouteBackIsNotAnsweredAndTheServiceContinues() {
    serve(d -> d.reply(d.payload()));
    arrives(FAR, 4000, new byte[] {1});
    assertThat(sent()).isEmpty();
    assertServed();
    assertThat(host.drops.get(UdpDrop.NO_ROUTE)).isEqualTo(1);
  }

  /** Replies of a service that cannot be sent, with the expected drop reason and error. */
  private enum Answer {
    PORT_ZERO(UdpDrop.BAD_DESTINATION, SocketException.class) {
      @Override
      Datagram to(Datagram d) {
        return Datagram.to(new Endpoint(d.remote().address(), 0), data());
      }
    },
    NOWHERE(UdpDrop.BAD_DESTINATION, SocketException.class) {
      @Override
      Datagram to(Datagram d) {
        return Datagram.toPeer(data());
      }
    },
    UNSPECIFIED(UdpDrop.BAD_DESTINATION, SocketException.class) {
      @Override
      Datagram to(Datagram d) {
        return Datagram.to(new Endpoint(Ipv4Address.UNSPECIFIED, 4000), data());
      }
    },
    NO_ROUTE(UdpDrop.NO_ROUTE, NoRouteToHostException.class) {
      @Override
      Datagram to(Datagram d) {
        return Datagram.to(new Endpoint(IpAddress.parse(FAR), 4000), data());
      }
    },
    NO_ROUTE_V6(UdpDrop.NO_ROUTE, NoRouteToHostException.class) {
      @Override
      Datagram to(Datagram d) {
        return Datagram.to(new Endpoint(IpAddress.parse("2001:db8::1"), 4000), data());
      }
    },
    FOREIGN_SOURCE(UdpDrop.BAD_SOURCE, BindException.class) {
      @Override
      Datagram to(Datagram d) {
        return new Datagram(new Endpoint(IpAddress.parse("10.0.0.7"), 7), d.remote(), 0, 0, data());
      }
    },
    LOOPBACK_SOURCE(UdpDrop.BAD_SOURCE, SocketException.class) {
      @Override
      Datagram to(Datagram d) {
        return new Datagram(new Endpoint(IpAddress.parse("127.0.0.1"), 7), d.remote(), 0, 0, data());
      }
    },
    OTHER_FAMILY(UdpDrop.BAD_SOURCE, SocketException.class) {
      @Override
      Datagram to(Datagram d) {
        return new Datagram(new Endpoint(IpAddress.parse("::1"), 7), d.remote(), 0, 0, data());
      }
    },
    TOO_LONG(UdpDrop.TOO_LONG, SocketException.class) {
      @Override
      Datagram to(Datagram d) {
        return d.reply(Unpooled.directBuffer().writeZero(65_508));
      }
    },
    RELEASED(UdpDrop.RELEASED, IllegalReferenceCountException.class) {
      @Override
      Datagram to(Datagram d) {
        ByteBuf gone = data();
        gone.release();
        return d.reply(gone);
      }
    };

    private final UdpDrop reason;
    private final Class<? extends Throwable> error;

    Answer(UdpDrop reason, Class<? extends Throwable> error) {
      this.reason = reason;
      this.error = error;
    }

    abstract Datagram to(Datagram received);

    private static ByteBuf data() {
      return Unpooled.directBuffer().writeByte(7);
    }
  }

  @ParameterizedTest
  @EnumSource
  void unsendableReplyIsCountedAndTheServiceContinues(Answer bad) {
    serve(d -> {
      if (d.payload().getByte(d.payload().readerIndex()) == 42) {
        return d.reply(d.payload());
      }
      d.release();
      return bad.to(d);
    });
    for (int i = 0; i < 3; i++) {
      arrives(PEER, 4000, new byte[] {1});
    }
    assertThat(sent()).isEmpty();
    assertServed();
    assertThat(host.drops.get(bad.reason)).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource
  void sendFailsAtItsEndWithTheFirstLoss(Answer bad) {
    host.udp.api().bind(7).subscribe(s -> socket = s);
    loop.settle();
    Datagram pattern = Datagram.to(new Endpoint(IpAddress.parse(PEER), 4000), Unpooled.EMPTY_BUFFER);
    run(socket.send(Flux.defer(() -> Flux.just(bad.to(pattern), pattern.reply(Unpooled.directBuffer().writeByte(8))))));
    loop.settle();
    assertThat(sent()).as("the next datagram is sent").containsExactly(8);
    assertThat(ends).singleElement().isInstanceOf(bad.error);
  }

  @Test
  void publisherErrorTakesPrecedenceOverALoss() {
    host.udp.api().bind(7).subscribe(s -> socket = s);
    loop.settle();
    run(socket.send(Flux.concat(Mono.just(Datagram.to(new Endpoint(IpAddress.parse(FAR), 1), Unpooled.EMPTY_BUFFER)),
        Mono.error(new IOException("the test's own")))));
    loop.settle();
    assertThat(ends).singleElement().satisfies(e -> assertThat(e).hasMessage("the test's own"));
  }

  @Test
  void mapperErrorEndsTheSendButNotTheSocket() {
    serve(d -> {
      d.release();
      throw new IllegalStateException("the test's own");
    });
    arrives(PEER, 4000, new byte[] {1});
    assertThat(ends).singleElement().isInstanceOf(IllegalStateException.class);
    ends.clear();
    run(socket.send(socket.receive().map(d -> d.reply(d.payload()))));
    loop.settle();
    assertServed();
  }

  @Test
  void closingTheSocketEndsTheSend() {
    host.udp.api().bind(7).subscribe(s -> socket = s);
    loop.settle();
    run(socket.send(Flux.never()));
    socket.close().subscribe();
    loop.settle();
    assertThat(ends).singleElement().isInstanceOf(ClosedChannelException.class);
  }

  @Test
  void icmpErrorDoesNotAffectAnUnconnectedSocket() {
    serve(d -> d.reply(d.payload()));
    arrives(PEER, 4000, new byte[] {1});
    byte[] answer = host.device.takeSent().getFirst();
    host.device.inject(ipv4(PEER, OWN, 1, icmp(3, 3, 0, answer)));
    host.device.inject(ipv4(PEER, OWN, 1, icmp(3, 4, 576, answer)));
    loop.settle();
    assertServed();
  }

  @Test
  void icmpErrorEndsTheSendButNotTheReceiveOfAConnectedSocket() {
    List<Integer> received = new ArrayList<>();
    Sinks.Many<Datagram> source = Sinks.many().unicast().onBackpressureBuffer();
    host.udp.api().connect(new InetSocketAddress(PEER, 4000)).subscribe(s -> socket = s);
    loop.settle();
    socket.receive().subscribe(d -> {
      received.add((int) d.payload().readByte());
      d.release();
    }, ends::add, () -> ends.add(new AssertionError("completed")));
    List<Throwable> sends = new ArrayList<>();
    socket.send(source.asFlux()).subscribe(nothing -> {}, sends::add);
    source.tryEmitNext(Datagram.toPeer(Unpooled.directBuffer().writeByte(1)));
    loop.settle();
    host.device.inject(ipv4(PEER, OWN, 1, icmp(3, 3, 0, host.device.takeSent().getFirst())));
    loop.settle();
    source.tryEmitNext(Datagram.toPeer(Unpooled.directBuffer().writeByte(2)));
    loop.settle();
    assertThat(sends).singleElement().isInstanceOf(PortUnreachableException.class);
    assertThat(ends).isEmpty();
    run(socket.send(Mono.just(Datagram.toPeer(Unpooled.directBuffer().writeByte(3)))));
    int port = socket.localAddress().getPort();
    host.device.inject(ipv4(PEER, OWN, 17, udp(PEER, 4000, OWN, port, new byte[] {9})));
    loop.settle();
    assertThat(received).containsExactly(9);
    assertThat(sent()).containsExactly(3);
  }

  @Test
  void tooLongDatagramEndsTheSendOfAConnectedSocket() {
    host.udp.api().connect(new InetSocketAddress(PEER, 4000)).subscribe(s -> socket = s);
    loop.settle();
    run(socket.send(Flux.concat(
        Mono.fromSupplier(() -> Datagram.toPeer(Unpooled.directBuffer().writeZero(65_508))), Flux.never())));
    loop.settle();
    assertThat(ends).singleElement().satisfies(e -> assertThat(e).hasMessageStartingWith("Message too long"));
    assertThat(host.drops.get(UdpDrop.TOO_LONG)).isEqualTo(1);
  }

  @Test
  void outOfMemoryLosesOneDatagram() {
    serve(d -> d.reply(d.payload()));
    host.memory.failAt(1);
    arrives(PEER, 4000, new byte[] {1});
    assertThat(host.memory.hasFailed()).isTrue();
    assertServed();
    assertThat(host.drops.get(UdpDrop.NO_MEMORY)).isEqualTo(1);
  }

  @Test
  void publisherOutOfMemoryEndsItsSend() {
    host.udp.api().bind(7).subscribe(s -> socket = s);
    loop.settle();
    run(socket.send(Mono.fromSupplier(() -> {
      throw new OutOfMemoryError("the test's own");
    })));
    loop.settle();
    run(socket.send(Flux.range(0, 100).map(i -> {
      if (i == 20) {
        throw new OutOfMemoryError("the test's own");
      }
      return Datagram.to(new Endpoint(IpAddress.parse(PEER), 4000), Unpooled.directBuffer().writeByte(i));
    })));
    loop.settle();
    assertThat(ends).hasSize(2).allSatisfy(e -> assertThat(e).isInstanceOf(OutOfMemoryError.class));
    assertThat(sent()).as("datagrams before the error").hasSize(20);
    ends.clear();
    run(socket.send(socket.receive().map(d -> d.reply(d.payload()))));
    loop.settle();
    assertServed();
  }

  @Test
  void outOfMemoryInTheServiceLosesOneDatagram() {
    CountingAllocator allocator = new CountingAllocator();
    serve(d -> {
      try {
        return d.reply(allocator.directBuffer(1, 1).writeBytes(d.payload(), 1));
      } finally {
        d.release();
      }
    });
    allocator.failAt(1);
    arrives(PEER, 4000, new byte[] {1});
    assertThat(allocator.hasFailed()).isTrue();
    assertServed();
    assertThat(allocator.live()).isZero();
  }

  @Test
  void outOfMemoryForAnyLoopTaskDoesNotEndTheService() {
    serve(d -> d.reply(d.payload()));
    for (int n = 1; n <= 12; n++) {
      loop.failAt(n);
      for (int i = 0; i < 4; i++) {
        try {
          arrives(PEER, 4000, new byte[] {1});
        } catch (OutOfMemoryError e) {
          // The allocation failed in the test's device.
        }
      }
      loop.failAt(NO_MORE);
      arrives(PEER, 4000, new byte[] {2});
      sent();
      assertServed();
    }
  }

  @Test
  void noReceivedPacketEndsTheService() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    serve(d -> d.reply(d.payload()));
    BiConsumer<byte[], Integer> flip = (packet, n) -> {
      for (int i = 0; i < n; i++) {
        packet[random.nextInt(packet.length)] = (byte) random.nextInt();
      }
    };
    List<String> sources = List.of(PEER, FAR, "0.0.0.0", "255.255.255.255", "10.0.0.255", "10.0.0.0", OWN, "127.0.0.1",
        "224.0.0.1", "240.0.0.1", "169.254.1.1");
    for (int i = 0; i < 20_000; i++) {
      String source = sources.get(random.nextInt(sources.size()));
      byte[] datagram = udp(source, random.nextInt(3) == 0 ? 0 : random.nextInt(65536), OWN, 7,
          new byte[random.nextInt(1480)]);
      byte[] packet = ipv4(source, OWN, 17, datagram);
      flip.accept(packet, random.nextInt(3));
      host.device.inject(packet);
      if (i % 10 == 0) {
        host.device
            .inject(ipv4(PEER, OWN, 1, icmp(3, random.nextInt(16), random.nextInt(1500), octets(0x45, 0, 0, 28))));
        loop.settle();
        assertThat(ends).as("seed " + seed).isEmpty();
      }
    }
    loop.settle();
    host.device.takeSent();
    assertServed();
    assertThat(host.drops.snapshot()).as("seed " + seed).doesNotContainKey("stage.STAGE_FAULT");
  }

  /**
   * Uses a publisher that is not Reactor's, so that nothing between it and the stack catches an exception of the stack.
   */
  @Test
  void releasedDatagramDoesNotThrowIntoItsPublisher() {
    host.udp.api().bind(7).subscribe(s -> socket = s);
    loop.settle();
    Publisher<Datagram> plain = actual -> Flux.just(Answer.RELEASED
        .to(Datagram.to(new Endpoint(IpAddress.parse(PEER), 4000), Unpooled.EMPTY_BUFFER))).subscribe(actual);
    run(socket.send(plain));
    loop.settle();
    assertThat(ends).singleElement().isInstanceOf(IllegalReferenceCountException.class);
  }
}
