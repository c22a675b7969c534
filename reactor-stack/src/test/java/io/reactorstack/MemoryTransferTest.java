package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.ObservedDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Hosts on a cable that takes over cutting and checksums, so that their data passes by reference. */
class MemoryTransferTest {

  private static final int PIECES = 200;
  private static final int PIECE = 50_000;

  private final VirtualLoop loop = new VirtualLoop();
  private final List<NetworkStack> stacks = new ArrayList<>();

  private NetworkStack stack(NetworkDevice.Factory device, int host) {
    NetworkStack stack = UnprobedStack.create().name("host" + host).runOn(loop).random(new Random(host))
        .device(device, "10.1.0." + host + "/24", "fd00::" + host + "/64").startNow();
    stacks.add(stack);
    return stack;
  }

  @AfterEach
  void stop() {
    for (NetworkStack stack : stacks) {
      FrameBalance.assertBalanced(stack);
      stack.dispose();
    }
    loop.settle();
    assertThat(stacks).allSatisfy(stack -> assertThat(stack.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT"));
  }

  /** Sends {@link #PIECES} buffers of random content over {@code cable}, and returns the received ones. */
  private List<ByteBuf> transfer(MemoryCable cable, String server, List<ByteBuf> sent, List<TcpInfo> infos) {
    NetworkStack left = stack(cable.left(), 1);
    NetworkStack right = stack(cable.right(), 2);
    Random random = new Random(7);
    List<ByteBuf> received = new ArrayList<>();
    right.tcp().listen(7).subscribe(accepted -> accepted.receive().subscribe(received::add));
    // The addresses of IPv6 are tentative for a second.
    loop.advance(Duration.ofSeconds(5));
    List<TcpConnection> connections = new ArrayList<>();
    left.tcp().connect(server, 7).subscribe(connections::add);
    loop.advance(Duration.ofSeconds(5));
    TcpConnection connection = connections.getFirst();
    connection.send(Flux.range(0, PIECES).map(i -> {
      byte[] bytes = new byte[PIECE];
      random.nextBytes(bytes);
      ByteBuf piece = Unpooled.wrappedBuffer(bytes);
      sent.add(piece.retainedDuplicate());
      return piece;
    })).subscribe();
    loop.advance(Duration.ofMinutes(1));
    infos.add(connection.info());
    connection.close().subscribe();
    loop.advance(Duration.ofMinutes(1));
    return received;
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.1.0.2", "fd00::2"})
  void dataPassesByReferenceAndReadOnly(String server) {
    List<ByteBuf> sent = new ArrayList<>();
    List<TcpInfo> infos = new ArrayList<>();
    List<ByteBuf> received = transfer(MemoryCable.ethernet(1500), server, sent, infos);
    ByteBuf all = Unpooled.wrappedBuffer(received.toArray(ByteBuf[]::new));
    ByteBuf original = Unpooled.wrappedBuffer(sent.toArray(ByteBuf[]::new));
    assertThat(all).isEqualTo(original);
    long shared = received.stream().filter(ByteBuf::isReadOnly).mapToLong(ByteBuf::readableBytes).sum();
    assertThat(shared).as("octets passed by reference").isGreaterThan(PIECES * PIECE * 9L / 10);
    TcpInfo info = infos.getFirst();
    // The connection counts the segments that a wire of this MTU would carry.
    assertThat(info.sent().dataSegsOut()).isGreaterThanOrEqualTo(PIECES * PIECE / info.sizes().mss());
    all.release();
    original.release();
    assertThat(sent).allMatch(piece -> piece.refCnt() == 0);
  }

  @Test
  void anEndWithoutOffloadReceivesFramesOfTheMtu() {
    MemoryCable cable = MemoryCable.ethernet(1500);
    NetworkStack left = stack(cable.left(), 1);
    List<Frame> seen = new ArrayList<>();
    NetworkStack right = stack(ObservedDevice.around(cable.right(), (direction, frame, nanos) -> seen.add(frame)), 2);
    List<ByteBuf> received = new ArrayList<>();
    right.tcp().listen(7).subscribe(accepted -> accepted.receive().subscribe(received::add));
    loop.advance(Duration.ofSeconds(5));
    ByteBuf data = Unpooled.buffer(100_000).writeZero(100_000);
    left.tcp().connect("10.1.0.2", 7).subscribe(connection -> connection.send(Mono.just(data)).subscribe());
    loop.advance(Duration.ofSeconds(5));
    assertThat(received.stream().mapToInt(ByteBuf::readableBytes).sum()).isEqualTo(100_000);
    assertThat(seen).hasSizeGreaterThan(100_000 / 1500).allSatisfy(frame -> {
      assertThat(frame.facts().segmentSize()).isZero();
      assertThat(frame.facts().checksum()).isEqualTo(ChecksumState.IN_PACKET);
    });
    received.forEach(ByteBuf::release);
  }

  @Test
  void withoutOffloadDataIsCopied() {
    List<ByteBuf> sent = new ArrayList<>();
    List<ByteBuf> received = transfer(MemoryCable.ethernet(1500).withoutOffload(), "10.1.0.2", sent,
        new ArrayList<>());
    assertThat(received).noneMatch(ByteBuf::isReadOnly);
    assertThat(received.stream().mapToInt(ByteBuf::readableBytes).sum()).isEqualTo(PIECES * PIECE);
    received.forEach(ByteBuf::release);
    assertThat(sent).allMatch(piece -> piece.refCnt() == 1);
    sent.forEach(ByteBuf::release);
  }
}
