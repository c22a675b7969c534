package io.reactorstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorstack.icmp.IcmpDrop;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.TcpSegment;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The IP packets that carry TCP segments, checked octet by octet (RFC 9293 section 3.9.2). */
class TcpPacketsTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final int PEER_PORT = 4000;
  private static final int[] OFFER = {2, 4, 5, 180, 3, 3, 2, 0};
  private static final int[] NO_OPTION = {};

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24");
  private final TcpStage tcp = new TcpStage(
      host.turn, host.ip, host.drops, UnpooledByteBufAllocator.DEFAULT, new SplittableRandom(1));
  private TcpListener listener;
  private TcpSocket socket;
  /** The peer's next sequence number; {@link #peerAck} is its next acknowledgement number. */
  private int peerSeq = 1000;
  private int peerAck;

  @AfterEach
  void close() {
    listener.close();
    tcp.stop();
    loop.settle();
    host.close();
  }

  /** Opens a connection from the peer, whose packets carry {@code ipOptions}. */
  private void open(TcpSettings settings, int... ipOptions) throws BindException {
    tcp.serve(host.protocols.branch(IpProtocol.TCP));
    host.icmp.onError(IpProtocol.TCP, tcp::onIcmpError);
    listener = tcp.listen(new Endpoint(IpAddress.parse(OWN), 80), 4, settings, () -> {});
    arrive(TcpSegment.SYN, OFFER, "", 0, ipOptions);
    byte[] synAck = sent().getFirst();
    assertThat(synAck[20 + 13]).as("SYN-ACK").isEqualTo((byte) (TcpSegment.SYN | TcpSegment.ACK));
    peerAck = seq(synAck) + 1;
    peerSeq++;
    arrive(TcpSegment.ACK, NO_OPTION, "", 0, ipOptions);
    socket = listener.accept();
    assertThat(socket).isNotNull();
    assertThat(socket.state()).isEqualTo(TcpState.ESTABLISHED);
  }

  private static int seq(byte[] packet) {
    return ByteBuffer.wrap(packet).getInt(24);
  }

  /** Delivers a segment of the peer in a packet with the identification {@code id}. */
  private void arrive(int flags, int[] options, String data, int id, int... ipOptions) {
    byte[] text = data.getBytes(StandardCharsets.US_ASCII);
    byte[] segment = ByteBuffer.allocate(20 + options.length + text.length)
        .putShort((short) PEER_PORT).putShort((short) 80)
        .putInt(peerSeq).putInt(peerAck)
        .putShort((short) ((20 + options.length) / 4 << 12 | flags))
        .putShort((short) 0xffff).putInt(0)
        .put(Packets.octets(options)).put(text)
        .array();
    byte[] pseudo = Packets.concat(IpAddress.parse(PEER).bytes(), IpAddress.parse(OWN).bytes(),
        Packets.octets(0, 6, segment.length >> 8, segment.length));
    Packets.putShort(segment, 16, Packets.checksum(
        segment, 0, segment.length, ~Packets.checksum(pseudo, 0, pseudo.length, 0) & 0xffff));
    byte[] packet = Packets.ipv4(PEER, OWN, IpProtocol.TCP, segment, ipOptions);
    Packets.putShort(packet, 4, id);
    host.device.inject(Packets.fixIpv4(packet, 0));
    loop.settle();
  }

  private void write(String text) {
    ByteBuf data = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    socket.write(data);
    data.release();
  }

  private List<byte[]> sent() {
    loop.settle();
    return host.device.takeSent();
  }

  private String read() {
    ByteBuf data = socket.read(1000);
    return data == null ? "" : TwoHosts.text(data);
  }

  @Test
  @Requirement({"MUST-48", "MUST-49", "SHLD-22"})
  void theUserSetsTheTrafficClassAndTheTtl() throws BindException {
    open(TcpSettings.DEFAULTS.withWire(wire -> wire.withTrafficClass(0xb8).withHopLimit(7)));
    write("hello");
    socket.shutdownOutput();
    List<byte[]> packets = sent();
    assertThat(packets).isNotEmpty();
    for (byte[] packet : packets) {
      assertThat(packet[1]).as("TOS").isEqualTo((byte) 0xb8);
      assertThat(packet[8]).as("TTL").isEqualTo((byte) 7);
    }
  }

  @Test
  @Requirement("RFC6633-3-03")
  void sourceQuenchChangesNothing() throws BindException {
    open(TcpSettings.DEFAULTS);
    write("hello");
    byte[] segment = sent().getFirst();
    var before = socket.info().congestion();
    for (int i = 0; i < 3; i++) {
      host.device.inject(Packets.ipv4("10.0.0.254", OWN, 1, Packets.icmp(4, 0, 0, segment)));
    }
    assertThat(sent()).isEmpty();
    assertThat(socket.info().congestion()).isEqualTo(before);
    assertThat(host.drops.get(IcmpDrop.IGNORED_TYPE)).isEqualTo(3);
    assertThat(socket.state()).isEqualTo(TcpState.ESTABLISHED);
  }

  @Test
  @Requirement({"SHLD-21", "SHLD-22"})
  void theTrafficClassCanChangeDuringAConnection() throws BindException {
    open(TcpSettings.DEFAULTS.withTimers(timers -> timers.withNoDelay(true)));
    write("one");
    assertThat(sent()).singleElement().satisfies(packet -> assertThat(packet[1]).isZero());
    // The stack, not the user, sets the two ECN bits.
    socket.options().packetFields(0xbb, 64);
    write("two");
    assertThat(sent()).singleElement().satisfies(packet -> {
      assertThat(packet[1]).isEqualTo((byte) 0xb8);
      assertThat(packet[8]).as("TTL").isEqualTo((byte) 64);
    });
  }

  @Test
  @Requirement("MUST-50")
  void ipOptionsAreIgnored() throws BindException {
    // A record route option, a timestamp option, and an unknown option.
    for (int[] options : new int[][] {{7, 7, 4, 0, 0, 0, 0, 0}, {68, 8, 5, 0, 0, 0, 0, 0}, {222, 4, 1, 2}}) {
      if (socket == null) {
        open(TcpSettings.DEFAULTS, options);
      }
      arrive(TcpSegment.ACK, NO_OPTION, "data", 0, options);
      assertThat(read()).isEqualTo("data");
      peerSeq += 4;
    }
    assertThat(host.drops.total()).isZero();
  }

  @Test
  @Requirement("RFC9293-3.8.1-03")
  void theIpIdentificationDoesNotIdentifyASegment() throws BindException {
    open(TcpSettings.DEFAULTS);
    arrive(TcpSegment.ACK, NO_OPTION, "one", 77);
    peerSeq += 3;
    arrive(TcpSegment.ACK, NO_OPTION, "two", 77);
    assertThat(read()).as("the same identification, other data").isEqualTo("onetwo");
    arrive(TcpSegment.ACK, NO_OPTION, "two", 78);
    assertThat(read()).as("another identification, the same data").isEmpty();
  }

  @Test
  @Requirement("MUST-55")
  void aSourceQuenchIsDiscarded() throws BindException {
    open(TcpSettings.DEFAULTS);
    write("hello");
    byte[] packet = sent().getFirst();
    int window = socket.info().congestion().cwnd();
    int threshold = socket.info().congestion().ssthresh();
    host.device.inject(Packets.ipv4("10.0.0.9", OWN, IpProtocol.ICMP, Packets.icmp(4, 0, 0, packet)));
    assertThat(sent()).isEmpty();
    assertThat(host.drops.get(IcmpDrop.IGNORED_TYPE)).isOne();
    assertThat(socket.info().congestion().cwnd()).isEqualTo(window);
    assertThat(socket.info().congestion().ssthresh()).isEqualTo(threshold);
    assertThat(socket.state()).isEqualTo(TcpState.ESTABLISHED);
    // The quoted packet is valid: quoted in a host unreachable message, it reaches the connection.
    List<TcpNotice> notices = new ArrayList<>();
    socket.notices().subscribe(notices::add);
    host.device.inject(Packets.ipv4("10.0.0.9", OWN, IpProtocol.ICMP, Packets.icmp(3, 1, 0, packet)));
    loop.settle();
    assertThat(notices).hasSize(1);
  }

  @Test
  @Requirement("RFC7323-5.7-01")
  void withTimestampsNoPacketMayBeFragmented() throws BindException {
    tcp.serve(host.protocols.branch(IpProtocol.TCP));
    listener = tcp.listen(new Endpoint(IpAddress.parse(OWN), 80), 4, TcpSettings.DEFAULTS, () -> {});
    arrive(TcpSegment.SYN, new int[] {2, 4, 5, 180, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0}, "", 0);
    byte[] synAck = sent().getFirst();
    int stamp = ByteBuffer.wrap(synAck).getInt(20 + 20 + 4 + 4);
    peerAck = seq(synAck) + 1;
    peerSeq++;
    arrive(TcpSegment.ACK, new int[] {1, 1, 8, 10, 0, 0, 0, 1, stamp >>> 24, stamp >>> 16, stamp >>> 8, stamp}, "", 0);
    socket = listener.accept();
    assertThat(socket.info().options().ts()).isTrue();
    write("hello");
    byte[] packet = sent().getFirst();
    assertThat(packet[6] & 0x40).as("DF").isEqualTo(0x40);
    assertThat(synAck[6] & 0x40).as("DF of the SYN-ACK").isEqualTo(0x40);
  }

  @Test
  @Requirement("RFC7323-2.3-07")
  void aWindowScaleAboveFourteenIsCounted() throws BindException {
    open(TcpSettings.DEFAULTS);
    assertThat(host.drops.get(TcpDrop.SCALE_ABOVE_MAXIMUM)).isZero();
    listener.close();
    listener = tcp.listen(new Endpoint(IpAddress.parse(OWN), 81), 4, TcpSettings.DEFAULTS, () -> {});
    peerSeq = 77;
    socket.abort();
    loop.advance(Duration.ofSeconds(1));
    arrive(TcpSegment.SYN, new int[] {3, 3, 15, 0}, "", 0);
    assertThat(host.drops.get(TcpDrop.SCALE_ABOVE_MAXIMUM)).isOne();
  }
}
