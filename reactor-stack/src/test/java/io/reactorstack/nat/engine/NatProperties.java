package io.reactorstack.nat.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.nat.NatFiltering;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Properties of translated packets, and of a translator after any sequence of packets. */
class NatProperties {

  private static final NatSettings OPEN = NatSettings.DEFAULT.withFiltering(NatFiltering.ENDPOINT_INDEPENDENT);

  private static String endpoint(int bits, int port) {
    return (bits >>> 24) + "." + (bits >>> 16 & 0xff) + "." + (bits >>> 8 & 0xff) + "." + (bits & 0xff) + ":" + port;
  }

  private static String host(int number, int port) {
    return endpoint(0x0a00_0000 | number, port);
  }

  private static String server(int number, int port) {
    return endpoint(0x5000_0000 | number, port);
  }

  @Property
  @Requirement("RFC4787-REQ10-01")
  void aDatagramIsAsIfTheTranslatorHadSentIt(@ForAll @IntRange(max = 0xff_ffff) int host,
      @ForAll @IntRange(min = 1, max = 65_535) int port, @ForAll @IntRange(max = 0xff_ffff) int server,
      @ForAll @IntRange(max = 65_535) int serverPort, @ForAll @Size(max = 50) byte[] data) {
    NatTimeline t = NatTimeline.start();
    String inside = host(host, port);
    String remote = server(server, serverPort);
    String mapped = "203.0.113.1:" + port;
    assertThat(t.out(NatPackets.udp(inside, remote, data)).translated())
        .isEqualTo(NatPackets.udp(mapped, remote, data));
    assertThat(t.in(NatPackets.udp(remote, mapped, data)).translated()).isEqualTo(NatPackets.udp(remote, inside, data));
    t.end();
  }

  @Property
  @Requirement("RFC5382-REQ6-01")
  void aSegmentIsAsIfTheTranslatorHadSentIt(@ForAll @IntRange(max = 0xff_ffff) int host,
      @ForAll @IntRange(min = 1, max = 65_535) int port, @ForAll @IntRange(max = 0xff_ffff) int server,
      @ForAll @IntRange(max = 65_535) int serverPort, @ForAll @Size(max = 50) byte[] data) {
    NatTimeline t = NatTimeline.start();
    String inside = host(host, port);
    String remote = server(server, serverPort);
    String mapped = "203.0.113.1:" + port;
    assertThat(t.out(NatPackets.tcp(inside, remote, "S", data)).translated())
        .isEqualTo(NatPackets.tcp(mapped, remote, "S", data));
    assertThat(t.in(NatPackets.tcp(remote, mapped, "SA", data)).translated())
        .isEqualTo(NatPackets.tcp(remote, inside, "SA", data));
    t.end();
  }

  @Property
  void aQueryIsAsIfTheTranslatorHadSentIt(@ForAll @IntRange(max = 0xff_ffff) int host,
      @ForAll @IntRange(max = 65_535) int identifier, @ForAll @IntRange(max = 0xff_ffff) int server) {
    NatTimeline t = NatTimeline.start();
    t.out(NatPackets.echo(host(0xff_ffff, identifier), server(server, 0))).translated();
    byte[] sent = t.out(NatPackets.echo(host(host & 0x7f_ffff, identifier), server(server, 0))).translated();
    String mapped = "203.0.113.1:" + Packets.getShort(sent, 24);
    assertThat(mapped).isNotEqualTo("203.0.113.1:" + identifier);
    assertThat(sent).isEqualTo(NatPackets.echo(mapped, server(server, 0)));
    assertThat(t.in(NatPackets.echoReply(server(server, 0), mapped)).translated())
        .isEqualTo(NatPackets.echoReply(server(server, 0), host(host & 0x7f_ffff, identifier)));
    t.end();
  }

  /** The quote of an error is what the sender has sent, octet by octet, though ports have changed on the way. */
  @Property
  void anErrorQuotesThePacketThatItsReceiverHasSent(@ForAll @IntRange(max = 0x7f_ffff) int host,
      @ForAll @IntRange(min = 1, max = 65_535) int port, @ForAll @IntRange(max = 2) int protocol,
      @ForAll @Size(max = 50) byte[] data, @ForAll @IntRange(min = 8, max = 80) int quoted) {
    NatTimeline t = NatTimeline.start();
    byte[] other = packet(protocol, host(0xff_ffff, port), data);
    byte[] before = packet(protocol, host(host, port), data);
    t.out(other).translated();
    byte[] sent = t.out(before).translated();
    assertThat(Packets.from(sent, 20)).as("the port has changed").isNotEqualTo(Packets.from(before, 20));
    // Half of a checksum cannot be changed back.
    int length = Math.min(before.length, 20 + (quoted == 17 ? 18 : quoted));
    byte[] error = NatPackets.error("80.9.9.9", "203.0.113.1", 11, 0, Arrays.copyOf(sent, length));
    byte[] received = t.in(error).translated();
    assertThat(Packets.from(received, 28)).isEqualTo(Arrays.copyOf(before, length));
    NatPackets.describe(received);
    t.end();
  }

  private static byte[] packet(int protocol, String source, byte[] data) {
    return switch (protocol) {
      case 0 -> NatPackets.udp(source, "80.0.0.7:53", data);
      case 1 -> NatPackets.tcp(source, "80.0.0.7:53", "S", data);
      default -> NatPackets.echo(source, "80.0.0.7:53");
    };
  }

  @Property
  void fragmentsOfAnySizeAndOrderMakeTheDatagramThatTheTranslatorWouldHaveSent(
      @ForAll @IntRange(min = 3, max = 40) int words, @ForAll @IntRange(min = 30, max = 1500) int length,
      @ForAll long seed) {
    NatTimeline t = NatTimeline.start(OPEN);
    t.out(NatPackets.udp("10.0.0.2:5000", "80.0.0.7:53")).translated();
    byte[] data = new byte[length];
    new Random(seed).nextBytes(data);
    boolean fromInside = (seed & 1) != 0;
    byte[] before = fromInside
        ? NatPackets.udp("10.0.0.2:5000", "80.0.0.7:53", data)
        : NatPackets.udp("80.0.0.7:53", "203.0.113.1:5000", data);
    List<byte[]> sent = NatPackets.fragments(before, 77, words * 8);
    Collections.shuffle(sent, new Random(seed));
    List<byte[]> translated = new ArrayList<>();
    List<byte[]> held = new ArrayList<>();
    for (byte[] fragment : sent) {
      if (fromInside) {
        t.out(fragment);
      } else {
        t.in(fragment);
      }
      if (t.any() instanceof NatVerdict.Held) {
        held.add(fragment);
        continue;
      }
      translated.add(t.result());
      for (byte[] each : held) {
        translated.add(t.later(each).translated());
      }
      held.clear();
    }
    assertThat(translated).hasSameSizeAs(sent);
    assertThat(dataOf(translated)).isEqualTo(Packets.from(fromInside
        ? NatPackets.udp("203.0.113.1:5000", "80.0.0.7:53", data)
        : NatPackets.udp("80.0.0.7:53", "10.0.0.2:5000", data), 20));
    assertThat(translated.stream().map(NatPackets::identification).distinct()).hasSize(1);
    assertThat(t.engine.fragments().datagrams()).isZero();
    t.end();
  }

  private static byte[] dataOf(List<byte[]> fragments) {
    int length = fragments.stream().mapToInt(fragment -> fragment.length - 20).sum();
    byte[] whole = new byte[length];
    for (byte[] fragment : fragments) {
      System.arraycopy(fragment, 20, whole, (Packets.getShort(fragment, 6) & 0x1fff) * 8, fragment.length - 20);
    }
    return whole;
  }

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void anySequenceOfPacketsKeepsTheInvariants(@ForAll long seed) {
    NatWorld world = new NatWorld(new SplittableRandom(seed));
    for (int step = 0; step < 300; step++) {
      world.step();
    }
    world.end();
  }
}
