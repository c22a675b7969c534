package io.reactorstack.device.linux;

import static io.reactorstack.device.linux.KernelPeer.OURS;
import static io.reactorstack.device.linux.KernelPeer.descriptors;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

/** Tests a packet socket on one end of a veth pair against the kernel at the other end. */
@RequiresNetAdmin
@Timeout(120)
class PacketSocketDeviceTest {

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int OUR_ADDRESS = 0x0a4d0302;

  private final KernelPeer peer = new KernelPeer();
  private final String outside = NetworkNamespace.uniqueInterfaceName();

  @AfterEach
  void close() {
    peer.close();
  }

  private NetworkDevice open() {
    peer.namespace.connect("eth0", outside, "10.77.3.1/24");
    return peer.open(PacketSocketDevice.on(outside).macAddress(OURS));
  }

  private void knowUs() {
    peer.namespace.run("ip", "neighbour", "replace", "10.77.3.2", "lladdr", OURS.toString(), "dev", "eth0").orThrow();
  }

  /** Collects copies of the received IPv4 packets of {@code protocol}. */
  private static ConcurrentLinkedQueue<Frame> collect(NetworkDevice device, int protocol) {
    ConcurrentLinkedQueue<Frame> frames = new ConcurrentLinkedQueue<>();
    device.receive().subscribe(frame -> {
      IpHeaders ip = SeenFrame.ethernet(frame.payload()).ip();
      if (ip != null && ip.source().isV4() && ip.protocol() == protocol) {
        frames.add(new Frame(Unpooled.copiedBuffer(frame.payload()), frame.facts()));
      }
      frame.release();
    });
    return frames;
  }

  private Frame first(ConcurrentLinkedQueue<Frame> frames) {
    peer.namespace.await("frame", () -> !frames.isEmpty());
    return frames.peek();
  }

  @Test
  void kernelPingsAHostWithItsOwnMacAddressOnTheSameInterface() {
    NetworkDevice device = open();
    AtomicInteger own = new AtomicInteger();
    device.send(KernelPeer.answers(device.receive().doOnNext(frame -> {
      if (MacAddress.get(frame.payload(), frame.payload().readerIndex() + 6).equals(OURS)) {
        own.incrementAndGet();
      }
    }), OUR_ADDRESS)).subscribe();

    String output = peer.namespace
        .run(SOON, List.of("ping", "-q", "-f", "-c", "5000", "-s", "1400", "10.77.3.2")).orThrow();

    assertThat(output).contains("5000 packets transmitted, 5000 received");
    assertThat(own).as("received frames that this host has sent").hasValue(0);
    assertThat(device.capabilities().macAddress()).isEqualTo(OURS);
    assertThat(device.drops().total()).isZero();
  }

  @Test
  void worksWithTheInterfacesOwnAddressAndWithoutQdisc() {
    peer.namespace.connect("eth0", outside, "10.77.3.1/24");
    NetworkDevice device = peer.open(PacketSocketDevice.on(outside).interfaceMacAddress().bypassQdisc());
    String shown = ExternalCommand.run(SOON, List.of("cat", "/sys/class/net/" + outside + "/address")).orThrow();
    assertThat(device.capabilities().macAddress()).isEqualTo(MacAddress.parse(shown.strip()));

    device.send(device.receive().handle((frame, sink) -> {
      if (PingResponder.answer(frame.payload(), device.capabilities().macAddress(), OUR_ADDRESS) == null) {
        frame.release();
      } else {
        sink.next(frame);
      }
    })).subscribe();
    assertThat(peer.namespace.run("ping", "-c", "2", "-i", "0.01", "10.77.3.2").orThrow()).contains("2 received");
  }

  @Test
  void theFactsStateTheUnfinishedChecksumOfTheVethPeer() {
    NetworkDevice device = open();
    knowUs();
    var segments = collect(device, IpProtocol.TCP);
    connectTo("10.77.3.2");

    Frame syn = first(segments);
    assertThat(syn.facts().checksum()).isEqualTo(ChecksumState.UNFINISHED);
    assertThat(Checksum.verifies(transportSum(syn.payload())))
        .as("the checksum in the frame is complete").isFalse();
    assertThat(syn.facts().ingressNanos()).isPositive();
  }

  @Test
  void checksumComputedByPeerIsLeftToTheReceiver() {
    ExternalCommand.require("ethtool");
    NetworkDevice device = open();
    knowUs();
    peer.namespace.run("ethtool", "-K", "eth0", "tx", "off").orThrow();
    var segments = collect(device, IpProtocol.TCP);
    connectTo("10.77.3.2");

    Frame syn = first(segments);
    assertThat(syn.facts().checksum()).isEqualTo(ChecksumState.IN_PACKET);
    assertThat(Checksum.verifies(transportSum(syn.payload()))).isTrue();
  }

  /** Sends a SYN that remains unanswered. */
  private void connectTo(String address) {
    peer.namespace.start("bash", "-c", "exec 3<>/dev/tcp/" + address + "/80");
  }

  private static long transportSum(ByteBuf frame) {
    SeenFrame seen = SeenFrame.ethernet(frame);
    IpHeaders ip = Objects.requireNonNull(seen.ip());
    int length = ip.totalLength() - ip.length();
    return Checksum.pseudoHeader(ip.source(), ip.destination(), ip.protocol(), length)
        + Checksum.sum(frame, frame.readerIndex() + seen.header().length() + ip.length(), length);
  }

  @Test
  void vlanTagRemovedByTheKernelIsInsertedAgain() {
    // Both ends of the cable are on this machine; the kernel removes the tag on reception.
    String far = NetworkNamespace.uniqueInterfaceName();
    ip("link", "add", outside, "type", "veth", "peer", "name", far);
    try {
      ip("link", "set", outside, "up");
      ip("link", "set", far, "up");
      NetworkDevice receiver = peer.open(PacketSocketDevice.on(outside).macAddress(OURS));
      NetworkDevice sender = peer.open(PacketSocketDevice.on(far));
      ConcurrentLinkedQueue<ByteBuf> tagged = new ConcurrentLinkedQueue<>();
      receiver.receive().subscribe(frame -> {
        if (SeenFrame.ethernet(frame.payload()).header().isTagged()) {
          tagged.add(Unpooled.copiedBuffer(frame.payload()));
        }
        frame.release();
      });
      ByteBuf sent = frame(1518).payload();
      sent.setInt(12, 0x8100_604d);
      sent.setShort(16, 0x88b5);
      sent.setInt(1514, 0x12345678);
      ByteBuf expected = Unpooled.copiedBuffer(sent);

      sender.send(Flux.just(new Frame(sent, PacketFacts.LOCAL))).block(SOON);

      peer.namespace.await("frame", () -> !tagged.isEmpty());
      assertThat(tagged.peek()).isEqualTo(expected);
    } finally {
      ip("link", "delete", outside);
    }
  }

  @Test
  void manyFramesAreSentInOrderWithoutThoseThatCannotBe() {
    String far = NetworkNamespace.uniqueInterfaceName();
    ip("link", "add", outside, "type", "veth", "peer", "name", far);
    try {
      ip("link", "set", outside, "up");
      ip("link", "set", far, "up");
      NetworkDevice receiver = peer.open(PacketSocketDevice.on(far));
      NetworkDevice sender = peer.open(PacketSocketDevice.on(outside).macAddress(OURS));
      ConcurrentLinkedQueue<Integer> lengths = new ConcurrentLinkedQueue<>();
      receiver.receive().subscribe(frame -> {
        if (MacAddress.get(frame.payload(), frame.payload().readerIndex() + 6).equals(OURS)) {
          lengths.add(frame.payload().readableBytes());
        }
        frame.release();
      });
      List<Integer> expected = new ArrayList<>();
      List<Frame> frames = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        // Some frames are too long, and some on the heap: each of these ends a batch.
        int bytes = i % 7 == 3 ? 1519 : 100 + i;
        Frame frame = frame(bytes);
        if (i % 5 == 2) {
          frames.add(new Frame(Unpooled.copiedBuffer(frame.payload()), frame.facts()));
          frame.release();
        } else {
          frames.add(frame);
        }
        if (bytes < 1519) {
          expected.add(bytes);
        }
      }

      sender.send(Flux.fromIterable(frames)).block(SOON);

      peer.namespace.await("all frames", () -> lengths.size() == expected.size());
      assertThat(lengths).containsExactlyElementsOf(expected);
      assertThat(sender.drops().get(DeviceDrop.TOO_LONG)).isEqualTo(200 - expected.size());
      assertThat(frames).allMatch(frame -> frame.payload().refCnt() == 0);
    } finally {
      ip("link", "delete", outside);
    }
  }

  @Test
  void aTcpSuperFrameOfTheKernelArrivesWhole() {
    NetworkDevice device = open();
    knowUs();
    ConcurrentLinkedQueue<Frame> big = new ConcurrentLinkedQueue<>();
    device.send(device.receive().<Frame>handle((frame, sink) -> {
      if (frame.payload().readableBytes() > 1518) {
        big.add(new Frame(Unpooled.copiedBuffer(frame.payload()), frame.facts()));
      }
      ByteBuf answer = HandshakeResponder.answer(frame.payload(), OURS);
      frame.release();
      if (answer != null) {
        sink.next(new Frame(answer, PacketFacts.LOCAL));
      }
    })).subscribe();
    peer.namespace.start("bash", "-c", "seq 1 10000 > /dev/tcp/10.77.3.2/80");

    Frame frame = first(big);
    ByteBuf bytes = frame.payload();
    assertThat(frame.facts().checksum()).isEqualTo(ChecksumState.UNFINISHED);
    SeenFrame seen = SeenFrame.ethernet(bytes);
    assertThat(bytes.readableBytes()).isEqualTo(14 + Objects.requireNonNull(seen.ip()).totalLength());
    // The data is the output of seq, so it shows that each byte after the boundary between the two buffers is in its
    // place.
    String text = Objects.requireNonNull(seen.tcp()).payload().toString(StandardCharsets.US_ASCII);
    StringBuilder expected = new StringBuilder();
    for (int i = 1; i <= 10_000; i++) {
      expected.append(i).append('\n');
    }
    assertThat(expected).startsWith(text.substring(0, 1000));
    assertThat(expected.toString()).startsWith(text);
    assertThat(device.drops().total()).isZero();
  }

  @Test
  void interfaceThatIsDownDropsFramesAndRecovers() {
    NetworkDevice device = open();
    var received = device.receive().doOnNext(Frame::release).then().toFuture();
    ip("link", "set", outside, "down");
    device.send(Flux.range(0, 200).map(i -> frame(100))).block(SOON);
    assertThat(device.drops().get(DeviceDrop.INTERFACE_DOWN)).isEqualTo(200);
    assertThat(received).isNotDone();
    assertThat(device.isDisposed()).isFalse();

    ip("link", "set", outside, "up");
    long before = receivedByKernel();
    device.send(Flux.just(frame(100))).block(SOON);
    peer.namespace.await("frame", () -> receivedByKernel() >= before + 100);
  }

  @Test
  void deletedInterfaceFailsBothDirections() {
    long before = descriptors();
    NetworkDevice device = open();
    // The descriptors are those of the device and of the monitor of its interface.
    assertThat(descriptors()).isEqualTo(before + 2);
    var received = device.receive().doOnNext(Frame::release).then().toFuture();
    var sent = device.send(Flux.never()).toFuture();

    ip("link", "delete", outside);

    for (var direction : List.of(received, sent)) {
      assertThat(direction).failsWithin(SOON).withThrowableThat().havingCause()
          .isInstanceOfSatisfying(DeviceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.GONE));
    }
    assertThat(descriptors()).isEqualTo(before);
  }

  @Test
  void interfaceDeletedWhileDownFailsTheDevice() {
    NetworkDevice device = open();
    var received = device.receive().doOnNext(Frame::release).then().toFuture();
    ip("link", "set", outside, "down");
    device.send(Flux.just(frame(100))).block(SOON);
    ip("link", "delete", outside);
    assertThat(received).failsWithin(SOON).withThrowableThat().havingCause().isInstanceOf(DeviceException.class);
  }

  @Test
  void fullKernelQueueStopsThePublisherWithoutLoss() {
    NetworkDevice device = open();
    // The rate is 20 Mbit/s; the socket's send buffer holds about a hundred frames of this size.
    ip("link", "set", outside, "txqueuelen", "10000");
    ExternalCommand.run(SOON, List.of("tc", "qdisc", "add", "dev", outside, "root", "tbf", "rate", "20mbit", "burst",
        "10k", "limit", "10000000")).orThrow();
    long before = receivedByKernel();
    AtomicInteger requested = new AtomicInteger();
    device.send(Flux.range(0, 2000).doOnRequest(n -> requested.addAndGet((int) n)).map(i -> frame(1000))).block(SOON);
    assertThat(requested.get()).isBetween(2000, 2000 + LinuxSending.CREDIT);
    peer.namespace.await("all frames", () -> receivedByKernel() >= before + 2000 * 1000);
    assertThat(device.drops().total()).isZero();
  }

  private long receivedByKernel() {
    return Long.parseLong(peer.namespace.run("cat", "/sys/class/net/eth0/statistics/rx_bytes").orThrow().strip());
  }

  private static Frame frame(int bytes) {
    ByteBuf buffer = Unpooled.directBuffer(bytes).writeZero(bytes);
    MacAddress.BROADCAST.set(buffer, 0);
    OURS.set(buffer, 6);
    buffer.setShort(12, 0x88b5);
    return new Frame(buffer, PacketFacts.LOCAL);
  }

  @Test
  void errorNamesAMissingInterface() {
    long before = descriptors();
    assertThatThrownBy(() -> peer.open(PacketSocketDevice.on("rs-none")))
        .isInstanceOfSatisfying(DeviceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SUCH_DEVICE))
        .hasMessage("cannot open packet socket on rs-none: there is no such interface (No such device)");
    assertThat(descriptors()).isEqualTo(before);
  }

  private static void ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    ExternalCommand.run(SOON, command).orThrow();
  }
}
