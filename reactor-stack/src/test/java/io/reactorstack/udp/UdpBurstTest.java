package io.reactorstack.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.unix.SegmentedDatagramPacket;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.layer.FrameMeter;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.SuperFrames;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** Data that is sent as several datagrams: one packet passes through most of the host, but each datagram arrives. */
class UdpBurstTest {

  private static final byte[] DATA = SuperFrames.random(100_500);

  private final VirtualLoop loop = new VirtualLoop();
  private final List<NetworkStack> stacks = new ArrayList<>();
  private final List<byte[]> received = new ArrayList<>();

  private NetworkStack stack(MemoryCable cable, int host) {
    NetworkStack stack = UnprobedStack.create().name("host" + host).runOn(loop).random(new Random(host))
        .device(host == 1 ? cable.left() : cable.right(), "10.1.0." + host + "/24", "fd00::" + host + "/64")
        .startNow();
    stacks.add(stack);
    return stack;
  }

  /** Starts two hosts on {@code cable}; the second receives datagrams to port 5000. */
  private NetworkStack sender(MemoryCable cable) {
    NetworkStack left = stack(cable, 1);
    NetworkStack right = stack(cable, 2);
    receive(right);
    loop.advance(Duration.ofSeconds(5));
    return left;
  }

  private void receive(NetworkStack stack) {
    UdpSettings wide = UdpSettings.DEFAULT.withReceiveQueue(1 << 20, 1024);
    stack.udp().bind(new Endpoint(IpAddress.parse("0.0.0.0"), 5000), wide).subscribe(this::collect);
    stack.udp().bind(new Endpoint(IpAddress.parse("::"), 5000), wide).subscribe(this::collect);
  }

  private void collect(UdpConnection socket) {
    socket.receive().subscribe(datagram -> {
      received.add(ByteBufUtil.getBytes(datagram.payload()));
      datagram.release();
    });
  }

  @AfterEach
  void stop() {
    for (NetworkStack stack : stacks) {
      FrameBalance.assertBalanced(stack);
      stack.dispose();
    }
    loop.settle();
  }

  private void send(NetworkStack from, String to, int length, int segmentSize) {
    Datagram burst = Datagram.to(new InetSocketAddress(to, 5000), Unpooled.copiedBuffer(DATA, 0, length))
        .withSegmentSize(segmentSize);
    UdpSettings wide = UdpSettings.DEFAULT.withSendQueue(1 << 20, 1024);
    List<Throwable> failures = new ArrayList<>();
    from.udp().bind(new Endpoint(IpAddress.parse(to.indexOf(':') < 0 ? "0.0.0.0" : "::"), 0), wide)
        .flatMap(socket -> socket.send(Mono.just(burst))).subscribe(null, failures::add);
    loop.advance(Duration.ofSeconds(2));
    assertThat(failures).isEmpty();
  }

  private void assertReceived(int length, int segmentSize) {
    List<byte[]> expected = new ArrayList<>();
    for (int from = 0; from < length; from += segmentSize) {
      expected.add(Arrays.copyOfRange(DATA, from, Math.min(length, from + segmentSize)));
    }
    assertThat(received).containsExactlyElementsOf(expected);
    received.clear();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.1.0.2", "fd00::2"})
  void aCableWithoutOffloadCarriesSingleDatagrams(String to) {
    NetworkStack sender = sender(MemoryCable.ethernet(1500).withoutOffload());
    send(sender, to, 100_500, 1200);
    assertReceived(100_500, 1200);
    assertThat(stacks.get(1).meters().sum(UdpMeter.DATAGRAMS_RECEIVED)).isEqualTo(84);
    assertThat(sender.meters().sum(UdpMeter.DATAGRAMS_SENT)).isEqualTo(84);
    assertThat(stacks.get(1).meters().sum(FrameMeter.FRAMES_RECEIVED)).isGreaterThanOrEqualTo(84);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.1.0.2", "fd00::2"})
  void aCableWithOffloadCarriesTheBurst(String to) {
    NetworkStack sender = sender(MemoryCable.ethernet(1500));
    send(sender, to, 100, 50);
    received.clear();
    long before = stacks.get(1).meters().sum(FrameMeter.FRAMES_RECEIVED);
    send(sender, to, 100_500, 1200);
    assertReceived(100_500, 1200);
    // The longest packet has 54 segments of 1200 octets.
    assertThat(stacks.get(1).meters().sum(FrameMeter.FRAMES_RECEIVED) - before).isBetween(2L, 10L);
    assertThat(stacks.get(1).meters().sum(UdpMeter.DATAGRAMS_RECEIVED)).isEqualTo(86);
  }

  @Test
  void datagramsThatAreTooLongForTheLinkAreFragmented() {
    NetworkStack sender = sender(MemoryCable.ethernet(1500));
    send(sender, "10.1.0.2", 20_000, 3000);
    assertReceived(20_000, 3000);
    send(sender, "fd00::2", 20_000, 3000);
    assertReceived(20_000, 3000);
  }

  @Test
  void shortDataIsOneDatagram() {
    NetworkStack sender = sender(MemoryCable.ethernet(1500).withoutOffload());
    send(sender, "10.1.0.2", 700, 1200);
    assertReceived(700, 1200);
    send(sender, "10.1.0.2", 1200, 1200);
    assertReceived(1200, 1200);
  }

  @Test
  void aHostSendsBurstsToItself() {
    NetworkStack own = sender(MemoryCable.ethernet(1500));
    receive(own);
    loop.advance(Duration.ofSeconds(1));
    send(own, "127.0.0.1", 30_000, 1200);
    assertReceived(30_000, 1200);
  }

  @Test
  void senderLearnsThatNobodyReceivesABurst() {
    NetworkStack sender = sender(MemoryCable.ethernet(1500));
    List<UdpConnection> sockets = new ArrayList<>();
    sender.udp().connect(new InetSocketAddress("10.1.0.2", 5001)).subscribe(sockets::add);
    loop.settle();
    List<Throwable> failures = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Datagram burst = Datagram.toPeer(Unpooled.copiedBuffer(DATA, 0, 5000)).withSegmentSize(1000);
      sockets.getFirst().send(Mono.just(burst)).subscribe(null, failures::add);
      loop.advance(Duration.ofSeconds(2));
    }
    assertThat(failures).singleElement().isInstanceOf(PortUnreachableException.class);
  }

  @Test
  void aNettyChannelSendsASegmentedDatagramPacket() {
    NetworkStack sender = sender(MemoryCable.ethernet(1500));
    StackLoopResources loops = StackLoopResources.of(sender);
    EventLoopGroup group = loops.onClient(true);
    Channel channel = new Bootstrap().group(group).channelFactory(() -> loops.onChannel(DatagramChannel.class, group))
        .handler(new ChannelInboundHandlerAdapter()).bind(new InetSocketAddress("0.0.0.0", 0)).channel();
    loop.settle();
    channel.writeAndFlush(new SegmentedDatagramPacket(Unpooled.copiedBuffer(DATA, 0, 20_000), 1200,
        new InetSocketAddress("10.1.0.2", 5000)));
    loop.advance(Duration.ofSeconds(2));
    assertReceived(20_000, 1200);
    channel.close();
    loop.settle();
  }
}
