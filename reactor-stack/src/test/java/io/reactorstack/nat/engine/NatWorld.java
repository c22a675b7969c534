package io.reactorstack.nat.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.reactorstack.nat.NatFiltering;
import io.reactorstack.nat.NatForwarding;
import io.reactorstack.nat.NatLimits;
import io.reactorstack.nat.NatMapping;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.nat.engine.NatVerdict.Held;
import io.reactorstack.nat.engine.NatVerdict.PassedThrough;
import io.reactorstack.nat.engine.NatVerdict.Refused;
import io.reactorstack.nat.engine.NatVerdict.Translated;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.PortRange;
import io.reactorstack.packet.Rejections;
import io.reactorstack.testing.CountingAllocator;
import io.reactorstack.wire.Ipv4Header;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;

/** A translator with small limits, and a random sequence of packets; checks the invariants after each step. */
final class NatWorld {

  private static final long SECOND = 1_000_000_000L;
  private static final int HELD_OCTETS = 4096;
  private static final int MOST_MAPPINGS = 12;
  private static final int MOST_OF_HOST = 5;
  private static final int MOST_SESSIONS = 20;
  private static final int MOST_SESSIONS_OF_HOST = 8;
  private static final int MOST_DATAGRAMS = 3;

  /** A mapping that a packet has created, as the world expects it. */
  private record Expected(String outside, long until) {}

  private final SplittableRandom random;
  private final CountingAllocator allocator = new CountingAllocator();
  private final HostMemory memory = HostMemory.unlimited(allocator);
  private final NatEngine engine;
  private long now;
  /** The datagrams' mappings by protocol and inside endpoint, with the earliest time of their end. */
  private final Map<String, Expected> expected = new HashMap<>();
  private int held;

  NatWorld(SplittableRandom random) {
    this.random = random;
    now = random.nextLong(-1000, 1000) * SECOND;
    NatFiltering[] filters = NatFiltering.values();
    NatForwarding web = NatForwarding.of(NatProtocol.TCP, 2004, NatTimeline.endpoint("10.0.0.1:2001"));
    NatSettings settings = NatSettings.DEFAULT.withFiltering(filters[random.nextInt(filters.length)])
        .withLimits(new NatLimits(MOST_MAPPINGS, MOST_OF_HOST, MOST_SESSIONS, MOST_SESSIONS_OF_HOST, MOST_DATAGRAMS,
            HELD_OCTETS))
        .withPortRange(new PortRange(2000, 2009)).withParity(random.nextBoolean())
        .withRefreshFromOutside(random.nextBoolean()).withForwardings(List.of(web));
    engine = new NatEngine(settings, (protocol, address, port) -> port == 2003, memory, random.split());
    engine.setOutsideAddresses(List.of(Ipv4Address.parse("203.0.113.1"), Ipv4Address.parse("203.0.113.2")), now);
  }

  void step() {
    switch (random.nextInt(10)) {
      case 0 -> advance();
      case 1, 2, 3 -> receive();
      default -> send();
    }
    pollAll();
    check();
  }

  private void advance() {
    now += random.nextInt(4) == 0 ? random.nextLong(400 * SECOND) : random.nextLong(20 * SECOND);
    engine.onTimeout(now);
    assertThat(engine.nextDeadline()).as("the next deadline").isGreaterThan(now);
  }

  // ---- packets

  private String host() {
    return "10.0.0." + (1 + random.nextInt(4)) + ":" + (2000 + random.nextInt(6));
  }

  private String remote() {
    return "80.0.0." + (1 + random.nextInt(3)) + ":" + (7000 + random.nextInt(2));
  }

  private String mapped() {
    return "203.0.113." + (1 + random.nextInt(2)) + ":" + (2000 + random.nextInt(10));
  }

  private byte[] packet(String source, String destination) {
    String[] flags = {"S", "S", "SA", "A", "A", "FA", "R"};
    return switch (random.nextInt(6)) {
      case 0, 1 -> NatPackets.udp(source, destination);
      case 2, 3 -> NatPackets.tcp(source, destination, flags[random.nextInt(flags.length)]);
      case 4 -> random.nextBoolean() ? NatPackets.echo(source, destination) : NatPackets.echoReply(source, destination);
      default -> NatPackets.error(source, destination, 3, 1,
          NatPackets.udp(destination, random.nextBoolean() ? source : remote()));
    };
  }

  private void send() {
    String source = host();
    byte[] packet = packet(source, random.nextInt(5) == 0 ? mapped() : remote());
    byte[] sent = perhapsFragment(packet);
    NatVerdict verdict = pass(sent, true);
    if (verdict instanceof Translated translated && translated.path() == NatVerdict.Path.OUTBOUND && sent == packet) {
      onSent(packet, source, bytes(translated.packet()));
    }
    release(verdict, sent);
  }

  /** Notes which mapping a datagram or query has used. */
  private void onSent(byte[] packet, String source, byte[] translated) {
    String text = NatPackets.describe(translated);
    int protocol = packet[9];
    boolean isQuery = protocol == 1 && packet[20] == 8;
    if (protocol == 17 || isQuery) {
      String outside = isQuery
          ? text.split(" ")[1] + ":" + text.split(" ")[5]
          : text.split(" ")[1];
      long timeout = (isQuery ? 60 : 300) * SECOND;
      String key = (isQuery ? "ICMP " : "UDP ") + source;
      Expected before = expected.get(key);
      if (before != null && now < before.until) {
        assertThat(outside).as("the mapping of %s", key).isEqualTo(before.outside);
      }
      expected.put(key, new Expected(outside, now + timeout));
    }
  }

  private void receive() {
    byte[] sent = perhapsFragment(packet(remote(), mapped()));
    NatVerdict verdict = pass(sent, false);
    if (verdict instanceof Translated translated) {
      assertThat(translated.path()).isEqualTo(NatVerdict.Path.INBOUND);
      assertThat(NatPackets.describe(bytes(translated.packet()))).contains(" > 10.0.0.");
    }
    release(verdict, sent);
  }

  private byte[] perhapsFragment(byte[] packet) {
    if (random.nextInt(6) != 0) {
      return packet;
    }
    List<byte[]> fragments = NatPackets.fragments(packet, random.nextInt(4), 24);
    return fragments.get(random.nextInt(fragments.size()));
  }

  private NatVerdict pass(byte[] packet, boolean fromInside) {
    ByteBuf bytes = allocator.directBuffer(packet.length).writeBytes(packet);
    Ipv4Header header = Objects.requireNonNull(Ipv4Header.parse(bytes, Rejections.UNCOUNTED));
    return fromInside ? engine.onInsidePacket(header, bytes, now) : engine.onOutsidePacket(header, bytes, now);
  }

  private static byte[] bytes(ByteBuf packet) {
    return ByteBufUtil.getBytes(packet);
  }

  private void release(NatVerdict verdict, byte[] given) {
    switch (verdict) {
      case Translated translated -> {
        NatPackets.describe(bytes(translated.packet()));
        translated.packet().release();
      }
      case PassedThrough passed -> {
        assertThat(bytes(passed.packet())).isEqualTo(given);
        passed.packet().release();
      }
      case Refused refused -> {
        assertThat(bytes(refused.packet())).isEqualTo(given);
        refused.packet().release();
      }
      case Held kept -> held++;
    }
  }

  private void pollAll() {
    for (NatVerdict verdict = engine.poll(); verdict != null; verdict = engine.poll()) {
      ByteBuf packet = switch (verdict) {
        case Translated translated -> translated.packet();
        case PassedThrough passed -> passed.packet();
        case Refused refused -> refused.packet();
        case Held kept -> throw new AssertionError("held twice");
      };
      NatPackets.describe(bytes(packet));
      packet.release();
      held--;
    }
  }

  // ---- invariants

  private void check() {
    List<NatMapping> mappings = engine.mappings(now);
    Set<String> outside = new HashSet<>();
    Set<String> inside = new HashSet<>();
    Map<String, Integer> ofHost = new HashMap<>();
    Map<String, Set<String>> addresses = new HashMap<>();
    int sessions = 0;
    int dynamic = 0;
    for (NatMapping each : mappings) {
      assertThat(outside.add(each.protocol() + " " + each.outside())).as("one mapping of %s", each.outside()).isTrue();
      sessions += each.sessions();
      if (each.isForwarding()) {
        continue;
      }
      dynamic++;
      assertThat(each.sessions()).as("sessions of %s", each).isPositive();
      assertThat(each.remaining()).as("time of %s", each).isPositive();
      assertThat(inside.add(each.protocol() + " " + each.inside())).as("one mapping of %s", each.inside()).isTrue();
      assertThat(each.outside().port()).as("a port of the host").isNotEqualTo(2003);
      ofHost.merge(each.inside().address().toString(), 1, Integer::sum);
      addresses.computeIfAbsent(each.inside().address().toString(), added -> new HashSet<>())
          .add(each.outside().address().toString());
    }
    assertThat(dynamic).isEqualTo(engine.mappingCount()).isLessThanOrEqualTo(MOST_MAPPINGS);
    assertThat(sessions).isEqualTo(engine.sessionCount()).isLessThanOrEqualTo(MOST_SESSIONS);
    assertThat(ofHost.values()).allMatch(number -> number <= MOST_OF_HOST);
    assertThat(addresses.values()).as("outside addresses of a host").allMatch(set -> set.size() == 1);
    assertThat(engine.fragments().datagrams()).isLessThanOrEqualTo(2 * MOST_DATAGRAMS);
    assertThat(memory.held()).isLessThanOrEqualTo(2 * HELD_OCTETS);
    assertThat(allocator.live()).as("buffers that are held").isEqualTo(held);
    checkExpected(mappings);
  }

  /** A mapping that is in use is never lost, and keeps its outside endpoint. */
  private void checkExpected(List<NatMapping> mappings) {
    Map<String, Endpoint> present = new HashMap<>();
    mappings.forEach(each -> present.put(each.protocol() + " " + each.inside(), each.outside()));
    List<String> over = new ArrayList<>();
    expected.forEach((key, mapping) -> {
      if (now >= mapping.until) {
        over.add(key);
      } else {
        assertThat(Objects.toString(present.get(key))).as("mapping of %s", key).isEqualTo(mapping.outside);
      }
    });
    over.forEach(expected::remove);
  }

  void end() {
    now += 10_000 * SECOND;
    engine.onTimeout(now);
    pollAll();
    // Ports are in quarantine from the end of their mappings.
    now += 120 * SECOND;
    engine.onTimeout(now);
    assertThat(engine.mappingCount()).isZero();
    assertThat(engine.sessionCount()).isZero();
    assertThat(memory.held()).isZero();
    assertThat(held).isZero();
    assertThat(engine.fragments().datagrams()).isZero();
    assertThat(engine.table().quarantined()).as("ports in quarantine").isZero();
    assertThat(engine.nextDeadline()).isEqualTo(NatEngine.NEVER);
    assertThat(engine.mappings(now)).as("the forwarding on both addresses").hasSize(2);
    engine.close(now);
    assertThat(engine.mappings(now)).isEmpty();
    assertThat(allocator.live()).isZero();
  }
}
