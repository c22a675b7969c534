package io.reactorstack.udp;

import static io.reactorstack.testing.Packets.arp;
import static io.reactorstack.testing.Packets.ethernet;
import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.layer.FrameMeter;
import io.reactorstack.layer.MeterTag;
import io.reactorstack.layer.StageDrop;
import io.reactorstack.neighbor.NeighborSettings;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sends a hundred thousand damaged frames through all layers: each is consumed or counted by exactly one reason,
 * nothing throws, and no buffer or table entry leaks.
 */
class LayersFuzzTest {

  private static final int FRAMES = 100_000;
  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final String OWN_MAC = "02:00:00:00:00:01";
  private static final String PEER_MAC = "02:00:00:00:00:02";
  private static final String ALL = "ff:ff:ff:ff:ff:ff";

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
  private final VirtualLoop loop = new VirtualLoop();
  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);
  private UdpSocket socket;
  private int link;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyFrameIsConsumedOrCountedOnce(boolean ethernetMedium) throws BindException {
    link = ethernetMedium ? 14 : 0;
    TestHost host = ethernetMedium ? TestHost.ethernet(loop, OWN_MAC, OWN + "/24") : TestHost.bare(loop, OWN + "/24");
    socket = host.udp.bind(new Endpoint(Ipv4Address.UNSPECIFIED, 53), UdpSettings.DEFAULT, s -> {});
    List<byte[]> corpus = corpus(ethernetMedium);
    for (int i = 0; i < FRAMES; i++) {
      byte[] frame = mutate(corpus.get(random.nextInt(corpus.size())));
      try {
        injectAndCheck(host, frame);
      } catch (Throwable failure) {
        throw new AssertionError("seed " + seed + ", frame " + i + ": " + Arrays.toString(frame), failure);
      }
      if (i % 64 == 0) {
        loop.advance(Duration.ofMillis(random.nextInt(100)));
        host.device.takeSent();
      }
    }
    loop.advance(Duration.ofHours(1));
    assertThat(host.drops.get(StageDrop.STAGE_FAULT)).as("seed " + seed).isZero();
    assertThat(host.drops.snapshot().size()).as("many reasons were met: " + host.drops).isGreaterThan(15);
    assertThat(host.handled).as("valid frames were consumed").isGreaterThan(FRAMES / 50);
    assertThat(allocator.metric().usedDirectMemory()).as("seed " + seed).isZero();
    if (host.neighbors != null) {
      assertThat(host.neighbors.waiting()).isZero();
      assertThat(host.neighbors.size()).isZero();
    }
    host.close();
  }

  private void injectAndCheck(TestHost host, byte[] frame) {
    long drops = host.drops.total();
    long handled = host.handled;
    long held = held(host);
    long fragments = fragmentsConsumed(host);
    ByteBuf buffer = allocator.directBuffer(Math.max(1, frame.length)).writeBytes(frame);
    host.device.inject(buffer);
    int received = socket.receivable();
    for (Datagram datagram = socket.receive(); datagram != null; datagram = socket.receive()) {
      datagram.release();
    }
    long ended = host.drops.total() - drops + host.handled - handled + received + fragmentsConsumed(host) - fragments;
    assertThat(ended + held(host) - held).as("consumed, counted or held").isEqualTo(1);
    // A fragment may also be held in the place of an older one.
    if (held(host) <= held && host.drops.get(IpDrop.REASSEMBLY_LIMIT) == 0) {
      assertThat(buffer.refCnt()).isZero();
    }
    if (host.neighbors != null) {
      assertThat(host.neighbors.size()).isLessThanOrEqualTo(NeighborSettings.DEFAULT.keeping().entries());
    }
  }

  private static long held(TestHost host) {
    return host.drops.meters().sum(FrameMeter.FRAMES_HELD);
  }

  private static long fragmentsConsumed(TestHost host) {
    return host.drops.meters().with(MeterTag.TAKER, "reassembly").sum(FrameMeter.FRAMES_CONSUMED);
  }

  private byte[] mutate(byte[] valid) {
    byte[] frame = valid.clone();
    switch (random.nextInt(6)) {
      case 0 -> {
        return frame;
      }
      case 1 -> {
        byte[] noise = new byte[random.nextInt(200)];
        random.nextBytes(noise);
        if (random.nextBoolean()) {
          System.arraycopy(frame, 0, noise, 0, Math.min(noise.length, link + random.nextInt(20)));
        }
        return noise;
      }
      case 2 -> frame = Arrays.copyOf(frame, random.nextInt(frame.length + 20));
      case 3 -> flip(frame, 1);
      case 4 -> flip(frame, 1 + random.nextInt(8));
      default -> {
        for (int n = random.nextInt(4); n >= 0; n--) {
          frame[random.nextInt(frame.length)] = (byte) (random.nextBoolean() ? 0 : random.nextInt());
        }
      }
    }
    // With valid checksums the damage reaches higher layers.
    if (random.nextInt(4) != 0) {
      repair(frame);
    }
    return frame;
  }

  private void flip(byte[] frame, int bits) {
    for (int i = 0; i < bits; i++) {
      int bit = random.nextInt(frame.length * 8);
      frame[bit / 8] ^= (byte) (1 << bit % 8);
    }
  }

  private void repair(byte[] frame) {
    if (frame.length < link + 20 || frame[link] >>> 4 != 4) {
      return;
    }
    Packets.fixIpv4(frame, link);
    int header = (frame[link] & 0xf) * 4;
    int end = Math.min(frame.length, link + Packets.getShort(frame, link + 2));
    int at = link + header;
    if (end - at < 8) {
      return;
    }
    if (frame[link + 9] == 1) {
      Packets.putShort(frame, at + 2, 0);
      Packets.putShort(frame, at + 2, Packets.checksum(frame, at, end - at, 0));
    } else if (frame[link + 9] == 17) {
      Packets.putShort(frame, at + 6, 0);
    }
  }

  private List<byte[]> corpus(boolean ethernetMedium) {
    byte[] ours = ipv4(OWN, PEER, 17, udp(OWN, 4000, PEER, 54, new byte[30]));
    byte[] echoOfOurs = ipv4(OWN, PEER, 1, icmp(8, 0, 1, new byte[30]));
    List<byte[]> packets = List.of(
        ipv4(PEER, OWN, 1, icmp(8, 0, 0x10001, new byte[56])),
        ipv4(PEER, OWN, 1, icmp(0, 0, 0x10001, new byte[56])),
        ipv4(PEER, OWN, 1, icmp(3, 3, 0, ours)),
        ipv4(PEER, OWN, 1, icmp(3, 4, 1400, ours)),
        ipv4(PEER, OWN, 1, icmp(11, 0, 9 << 16, Arrays.copyOf(ours, 80))),
        ipv4(PEER, OWN, 1, icmp(12, 0, 0x1000000, echoOfOurs)),
        ipv4(PEER, OWN, 1, icmp(5, 1, 0x0a0000fe, ours)),
        ipv4(PEER, OWN, 17, udp(PEER, 4000, OWN, 53, new byte[40])),
        ipv4(PEER, OWN, 17, udp(PEER, 4000, OWN, 9, new byte[40])),
        ipv4(PEER, "10.0.0.255", 17, udp(PEER, 4000, "10.0.0.255", 53, new byte[40])),
        ipv4(PEER, OWN, 17, udp(PEER, 4000, OWN, 53, new byte[12]), 7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        ipv4(PEER, OWN, 6, new byte[20]),
        ipv4(PEER, OWN, 4, ipv4(PEER, OWN, 17, udp(PEER, 1, OWN, 53, new byte[4]))));
    if (!ethernetMedium) {
      return packets;
    }
    List<byte[]> frames = new ArrayList<>();
    for (byte[] packet : packets) {
      String destination = packet[19] == (byte) 255 ? ALL : OWN_MAC;
      frames.add(ethernet(destination, PEER_MAC, 0x0800, packet));
    }
    frames.add(ethernet(ALL, PEER_MAC, 0x0806, arp(1, PEER_MAC, PEER, "00:00:00:00:00:00", OWN)));
    frames.add(ethernet(OWN_MAC, PEER_MAC, 0x0806, arp(2, PEER_MAC, PEER, OWN_MAC, OWN)));
    frames.add(ethernet(ALL, PEER_MAC, 0x0806, arp(1, PEER_MAC, OWN, "00:00:00:00:00:00", OWN)));
    frames.add(ethernet(OWN_MAC, PEER_MAC, 0x8100, new byte[50]));
    frames.add(ethernet(ALL, PEER_MAC, 38, new byte[46]));
    frames.add(ethernet(OWN_MAC, PEER_MAC, 0x86dd, new byte[60]));
    return frames;
  }
}
