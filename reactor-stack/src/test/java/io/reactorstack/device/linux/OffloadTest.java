package io.reactorstack.device.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.Frame;
import io.reactorstack.device.linux.OffloadPeer.Kind;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Offload;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.packet.Rejections;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests that each kind of device exchanges super-frames and unfinished checksums with the kernel. */
@RequiresNetAdmin
@Timeout(120)
class OffloadTest {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int SEGMENT = 1400;

  private @Nullable OffloadPeer opened;

  private OffloadPeer open(Kind kind, boolean v6) {
    opened = new OffloadPeer(kind, v6);
    return opened;
  }

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"TAP, false", "TAP, true", "TUN, false", "TUN, true", "PACKET, false", "PACKET, true"})
  void theKernelSendsManySegmentsInOneFrame(Kind kind, boolean v6) {
    OffloadPeer host = open(kind, v6);
    SinkingServer server = new SinkingServer(host);
    host.device.receive().subscribe(server::accept);
    int bytes = 3_000_000;

    host.python(OffloadPeer.PATTERN + """
        import socket, time
        s=socket.create_connection(('%s',80),30)
        s.sendall(pattern(%d))
        time.sleep(60)
        """.formatted(host.ourAddress(), bytes));
    host.peer.namespace.await("all bytes", () -> server.received == bytes);

    assertThat(server.data).isEqualTo(OffloadPeer.pattern(bytes));
    assertThat(server.longest).as("bytes of the longest payload").isBetween(33_000, 65_535);
    assertThat(server.errors).isEmpty();
    assertThat(host.device.drops().total()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"TAP, false", "TAP, true", "TUN, false", "TUN, true", "PACKET, false", "PACKET, true"})
  void theKernelSendsManyDatagramsInOneFrame(Kind kind, boolean v6) {
    OffloadPeer host = open(kind, v6);
    ConcurrentLinkedQueue<Frame> datagrams = datagrams(host);
    int bytes = 40 * 1000 + 500;

    host.python(OffloadPeer.PATTERN + """
        import socket
        s=socket.socket(socket.%s,socket.SOCK_DGRAM)
        s.setsockopt(socket.IPPROTO_UDP,103,1000)
        s.sendto(pattern(%d),('%s',9))
        """.formatted(v6 ? "AF_INET6" : "AF_INET", bytes, host.ourAddress()));
    host.peer.namespace.await("a frame", () -> !datagrams.isEmpty());

    Frame frame = datagrams.remove();
    assertThat(frame.facts().segmentSize()).isEqualTo(1000);
    assertThat(frame.facts().checksum()).isEqualTo(ChecksumState.UNFINISHED);
    assertThat(frame.payload().slice(frame.payload().writerIndex() - bytes, bytes))
        .isEqualTo(OffloadPeer.pattern(bytes));
    assertThat(host.device.drops().total()).isZero();
    assertThat(datagrams).isEmpty();
  }

  /** Collects copies of the received UDP packets that are sent to port 9. */
  private static ConcurrentLinkedQueue<Frame> datagrams(OffloadPeer host) {
    ConcurrentLinkedQueue<Frame> frames = new ConcurrentLinkedQueue<>();
    host.device.receive().subscribe(frame -> {
      IpHeaders ip = host.seen(frame.payload()).ip();
      if (ip != null && ip.protocol() == IpProtocol.UDP
          && ip.destination().toString().equals(host.ourAddress())) {
        frames.add(new Frame(Unpooled.copiedBuffer(frame.payload()), frame.facts()));
      }
      frame.release();
    });
    return frames;
  }

  @ParameterizedTest
  @CsvSource({"TAP, false", "TAP, true", "TUN, false", "TUN, true", "PACKET, false", "PACKET, true"})
  void theKernelReceivesManySegmentsInOneFrame(Kind kind, boolean v6) {
    OffloadPeer host = open(kind, v6);
    NetworkNamespace.Server server = host.python("""
        import socket, hashlib
        s=socket.create_server(('%s',80),family=socket.%s)
        c,_=s.accept()
        h,n=hashlib.sha256(),0
        while True:
          b=c.recv(1<<20)
          if not b: break
          h.update(b); n+=len(b)
        print(n,h.hexdigest())
        """.formatted(host.kernelAddress(), v6 ? "AF_INET6" : "AF_INET"));
    host.peer.namespace.awaitTcpListener(80);
    long before = host.counter("Tcp", "InSegs");

    int serverSequence = connect(host);
    int first = 20 * SEGMENT;
    ByteBuf data = OffloadPeer.pattern(45 * SEGMENT + 99);
    int end = data.readableBytes();
    host.send(host.tcp(1, serverSequence, TcpSegment.ACK, TcpOptions.NONE, SEGMENT, data.slice(0, first)));
    host.send(scattered(host.tcp(1 + first, serverSequence, TcpSegment.ACK | TcpSegment.PSH | TcpSegment.FIN,
        TcpOptions.NONE, SEGMENT, data.slice(first, end - first))));

    assertThat(server.awaitExit(SOON)).isZero();
    assertThat(server.output().strip()).isEqualTo(end + " " + sha256(data));
    assertThat(host.counter("Tcp", "InCsumErrors")).isZero();
    assertThat(host.counter("Tcp", "InSegs") - before).as("packets of this connection").isLessThanOrEqualTo(6);
    assertThat(host.device.drops().total()).isZero();
  }

  /** Opens a connection from our port to that of the kernel's server; returns the next sequence number of the server. */
  private static int connect(OffloadPeer host) {
    CompletableFuture<Integer> answered = new CompletableFuture<>();
    host.device.receive().subscribe(frame -> {
      SeenFrame seen = host.seen(frame.payload());
      TcpSegment segment = seen.ip() == null ? null : seen.tcp();
      if (segment != null && segment.has(TcpSegment.SYN)) {
        answered.complete(segment.seq() + 1);
      }
      frame.release();
    });
    host.send(host.tcp(0, 0, TcpSegment.SYN, TcpOptions.NONE.withMss(SEGMENT).withWindowScale(0), 0,
        Unpooled.EMPTY_BUFFER));
    assertThat(answered).succeedsWithin(SOON);
    return answered.join();
  }

  /** Returns the same frame in several buffers, one of them on the heap, or all in direct memory. */
  private static Frame scattered(Frame frame) {
    ByteBuf bytes = frame.payload();
    ByteBuf parts = Unpooled.wrappedBuffer(bytes.readRetainedSlice(50), bytes.readRetainedSlice(7000),
        bytes.readRetainedSlice(1), bytes);
    return new Frame(parts, frame.facts());
  }

  private static String sha256(ByteBuf data) {
    byte[] bytes = new byte[data.readableBytes()];
    data.getBytes(data.readerIndex(), bytes);
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @CsvSource({"TAP, false", "TAP, true", "TUN, false", "TUN, true", "PACKET, false", "PACKET, true"})
  void theKernelReceivesManyDatagramsInOneFrame(Kind kind, boolean v6) {
    OffloadPeer host = open(kind, v6);
    NetworkNamespace.Server server = host.python("""
        import socket
        s=socket.socket(socket.%s,socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET,socket.SO_RCVBUF,1<<20)
        s.bind(('%s',7000))
        got=[s.recv(70000) for _ in range(43)]
        print(','.join(str(len(g)) for g in got))
        import hashlib
        print(hashlib.sha256(b''.join(got)).hexdigest())
        """.formatted(v6 ? "AF_INET6" : "AF_INET", host.kernelAddress()));
    host.peer.namespace.awaitUdpSocket(7000);
    ByteBuf data = OffloadPeer.pattern(41 * SEGMENT + 77);

    host.send(scattered(host.udp(7000, SEGMENT, data, EthernetHeader.UNTAGGED)));
    host.send(host.udp(7000, 0, data.slice(0, 600), EthernetHeader.UNTAGGED));

    assertThat(server.awaitExit(SOON)).isZero();
    ByteBuf expected = Unpooled.wrappedBuffer(data.slice(), data.slice(0, 600));
    assertThat(server.output().split("\n")).containsExactly("1400,".repeat(41) + "77,600", sha256(expected));
    assertThat(host.counter("Udp", "InCsumErrors")).isZero();
    assertThat(host.device.drops().total()).isZero();
  }

  @ParameterizedTest
  @EnumSource(value = Kind.class, names = {"TAP", "TUN", "PACKET"})
  void framesThatTheKernelCannotCutAreDroppedAndCounted(Kind kind) {
    OffloadPeer host = open(kind, false);
    assertThat(host.device.capabilities().offload())
        .isEqualTo(new Offload(true, true, Offload.LONGEST, Offload.LONGEST));
    ByteBuf data = OffloadPeer.pattern(40_000);
    PacketFacts unfinished = new PacketFacts(0, ChecksumState.UNFINISHED, 1400);

    host.send(host.tcp(1, 1, TcpSegment.ACK, TcpOptions.NONE, 1481, data));
    host.send(host.udp(9, 1481, data, EthernetHeader.UNTAGGED));
    assertThat(host.device.drops().get(DeviceDrop.TOO_LONG)).as("segments beyond the MTU").isEqualTo(2);
    host.send(new Frame(OffloadPeer.pattern(2000), unfinished));
    host.send(new Frame(Unpooled.EMPTY_BUFFER, unfinished));
    assertThat(host.device.drops().get(DeviceDrop.REFUSED)).as("no IP packets").isEqualTo(2);
    Frame cutOff = host.tcp(1, 1, TcpSegment.ACK, TcpOptions.NONE, SEGMENT, data);
    host.send(new Frame(cutOff.payload().writerIndex(cutOff.payload().writerIndex() - 1), cutOff.facts()));
    assertThat(host.device.drops().get(DeviceDrop.REFUSED)).as("a packet without its end").isEqualTo(3);
    Frame ordinary = host.tcp(1, 1, TcpSegment.ACK, TcpOptions.NONE, 0, data);
    host.send(ordinary);
    assertThat(host.device.drops().get(DeviceDrop.TOO_LONG)).as("without a segment size").isEqualTo(3);
    assertThat(host.device.isDisposed()).isFalse();
    assertThat(ordinary.payload().refCnt()).isZero();
  }

  @Test
  void withoutAQueueingDisciplineTheKernelCompletesChecksumsOnly() {
    OffloadPeer host = open(Kind.DIRECT, false);
    assertThat(host.device.capabilities().offload()).isEqualTo(new Offload(true, true, 0, 0));
    NetworkNamespace.Server server = host.python("""
        import socket
        s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
        s.bind(('10.77.1.1',7000))
        print(len(s.recv(70000)))
        """);
    host.peer.namespace.awaitUdpSocket(7000);

    host.send(host.udp(7000, SEGMENT, OffloadPeer.pattern(3 * SEGMENT), EthernetHeader.UNTAGGED));
    host.send(host.udp(7000, 0, OffloadPeer.pattern(600), EthernetHeader.UNTAGGED));

    assertThat(server.awaitExit(SOON)).isZero();
    assertThat(server.output().strip()).isEqualTo("600");
    assertThat(host.device.drops().get(DeviceDrop.TOO_LONG)).isEqualTo(1);
  }

  @Test
  void checksumsWithinATunnelAreCompletedAndItsSuperFramesDropped() {
    OffloadPeer host = open(Kind.PACKET, false);
    host.read("ip", "link", "add", "vx0", "type", "vxlan", "id", "7", "remote", "10.77.1.2", "dstport", "4789", "dev",
        "peer0");
    host.read("ip", "address", "add", "10.78.0.1/24", "dev", "vx0");
    host.read("ip", "link", "set", "vx0", "up");
    host.read("ip", "neighbour", "replace", "10.78.0.2", "lladdr", "02:00:00:00:77:09", "dev", "vx0");
    ConcurrentLinkedQueue<Frame> tunnelled = datagrams(host);

    host.python("""
        import socket
        s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
        s.sendto(b'x'*301,('10.78.0.2',9))
        s.setsockopt(socket.IPPROTO_UDP,103,1000)
        s.sendto(b'x'*5000,('10.78.0.2',9))
        """);
    host.peer.namespace.await("a dropped super-frame",
        () -> host.device.drops().get(DeviceDrop.BAD_OFFLOAD) > 0 && !tunnelled.isEmpty());

    Frame frame = tunnelled.remove();
    assertThat(frame.facts().checksum()).isEqualTo(ChecksumState.IN_PACKET);
    int inner = 14 + 20 + 8 + 8 + 14;
    ByteBuf packet = frame.payload().slice(inner, frame.payload().readableBytes() - inner);
    IpHeaders ip = Objects.requireNonNull(IpHeaders.parse(packet, Rejections.UNCOUNTED));
    int length = ip.totalLength() - ip.length();
    assertThat(length).isEqualTo(8 + 301);
    assertThat(Checksum.verifies(Checksum.pseudoHeader(ip.source(), ip.destination(), ip.protocol(), length)
        + Checksum.sum(packet, ip.length(), length))).isTrue();
    assertThat(host.device.drops().total()).isEqualTo(1);
    assertThat(host.device.isDisposed()).isFalse();
  }
}
