package io.reactorstack.nat.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.reactorstack.nat.NatMapping;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.nat.engine.NatVerdict.Answer;
import io.reactorstack.nat.engine.NatVerdict.Held;
import io.reactorstack.nat.engine.NatVerdict.PassedThrough;
import io.reactorstack.nat.engine.NatVerdict.Path;
import io.reactorstack.nat.engine.NatVerdict.Refused;
import io.reactorstack.nat.engine.NatVerdict.Translated;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.testing.CountingAllocator;
import io.reactorstack.wire.Ipv4Header;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A translator on a time line. {@link #out} passes a packet from inside, {@link #in} one from outside; the next call
 * states the verdict. Times are seconds since the start. Each buffer is released when its verdict is known.
 */
final class NatTimeline {

  static final String OUTSIDE = "203.0.113.1";

  private static final long SECOND = 1_000_000_000L;
  private static final long ORIGIN = -7 * SECOND;
  private static final int GAP = 5;

  final CountingAllocator allocator = new CountingAllocator();
  final HostMemory memory = HostMemory.unlimited(allocator);
  final NatEngine engine;
  /** The sockets of the translator's host, as {@code UDP 203.0.113.1:53}. */
  final Set<String> sockets = new HashSet<>();
  private long now = ORIGIN;
  private byte[] given = {};
  private @Nullable NatVerdict verdict;
  private byte[] result = {};

  NatTimeline(NatSettings settings, String... outside) {
    engine = new NatEngine(settings, (protocol, address, port) -> sockets.contains(socket(protocol, address, port)),
        memory, new SplittableRandom(11));
    outside(outside);
  }

  /** Starts a translator with the outside address 203.0.113.1. */
  static NatTimeline start(NatSettings settings) {
    return new NatTimeline(settings, OUTSIDE);
  }

  static NatTimeline start() {
    return start(NatSettings.DEFAULT);
  }

  private static String socket(NatProtocol protocol, IpAddress address, int port) {
    return protocol + " " + address + ":" + port;
  }

  NatTimeline outside(String... addresses) {
    engine.setOutsideAddresses(Arrays.stream(addresses).map(Ipv4Address::parse).toList(), now);
    return this;
  }

  static Endpoint endpoint(String text) {
    int colon = text.indexOf(':');
    return new Endpoint(IpAddress.parse(text.substring(0, colon)), Integer.parseInt(text.substring(colon + 1)));
  }

  // ---- time

  /** Advances to {@code seconds}, with calls at each deadline. */
  NatTimeline at(double seconds) {
    long target = ORIGIN + Math.round(seconds * SECOND);
    assertThat(target).as("time runs forward").isGreaterThanOrEqualTo(now);
    while (engine.nextDeadline() <= target) {
      long deadline = engine.nextDeadline();
      now = Math.max(now, deadline);
      engine.onTimeout(now);
      assertThat(engine.nextDeadline()).as("a deadline that was served").isGreaterThan(deadline);
    }
    now = target;
    return this;
  }

  /** Advances to {@code seconds} without a call at a deadline. */
  NatTimeline skipTo(double seconds) {
    now = ORIGIN + Math.round(seconds * SECOND);
    return this;
  }

  long now() {
    return now;
  }

  // ---- packets

  /** Passes a packet from inside. */
  NatTimeline out(byte[] packet) {
    return pass(packet, true);
  }

  /** Passes a packet from outside. */
  NatTimeline in(byte[] packet) {
    return pass(packet, false);
  }

  private NatTimeline pass(byte[] packet, boolean fromInside) {
    assertThat(verdict).as("the verdict before was checked").isNull();
    // The packet is not at the begin of its buffer, and link padding follows it.
    ByteBuf bytes = allocator.directBuffer(GAP + packet.length + GAP);
    bytes.writeZero(GAP).writeBytes(packet).writeZero(GAP).readerIndex(GAP);
    Ipv4Header header = Objects.requireNonNull(Ipv4Header.parse(bytes, reason -> {
      throw new AssertionError("the test has built a bad packet: " + reason);
    }));
    given = packet;
    take(fromInside ? engine.onInsidePacket(header, bytes, now) : engine.onOutsidePacket(header, bytes, now));
    return this;
  }

  private void take(NatVerdict next) {
    verdict = next;
    ByteBuf packet = switch (next) {
      case Translated translated -> translated.packet();
      case PassedThrough passed -> passed.packet();
      case Refused refused -> refused.packet();
      case Held held -> null;
    };
    if (packet != null) {
      result = ByteBufUtil.getBytes(packet, packet.readerIndex(), packet.getUnsignedShort(packet.readerIndex() + 2));
      assertThat(packet.refCnt()).isEqualTo(1);
      packet.release();
    }
  }

  /** Takes the next verdict about a packet that was held; {@code original} is that packet. */
  NatTimeline later(byte[] original) {
    assertThat(verdict).as("the verdict before was checked").isNull();
    given = original;
    take(Objects.requireNonNull(engine.poll(), "no verdict about a held packet"));
    return this;
  }

  // ---- expectations

  private NatVerdict checked() {
    NatVerdict checked = Objects.requireNonNull(verdict, "no packet was passed");
    verdict = null;
    return checked;
  }

  /** Expects a translation into a packet that {@link NatPackets#describe} describes as {@code text}. */
  NatTimeline becomes(String text) {
    assertThat(checked()).isInstanceOf(Translated.class);
    assertThat(NatPackets.describe(result)).isEqualTo(text);
    assertThat(result).hasSameSizeAs(given);
    return this;
  }

  /** Expects a translation by this way. */
  NatTimeline becomes(Path path, String text) {
    assertThat(verdict).isInstanceOfSatisfying(Translated.class, t -> assertThat(t.path()).isEqualTo(path));
    return becomes(text);
  }

  /** Expects a translation; returns the packet. */
  byte[] translated() {
    assertThat(checked()).isInstanceOf(Translated.class);
    return result;
  }

  /** Returns the verdict, whatever it is. */
  NatVerdict any() {
    return checked();
  }

  /** The packet of the last verdict. */
  byte[] result() {
    return result;
  }

  NatTimeline refused(NatDrop reason) {
    return refused(reason, Answer.NONE);
  }

  /** Expects a refusal of the unchanged packet. */
  NatTimeline refused(NatDrop reason, Answer answer) {
    assertThat(checked()).isInstanceOfSatisfying(Refused.class, refused -> {
      assertThat(refused.reason()).isEqualTo(reason);
      assertThat(refused.answer()).isEqualTo(answer);
    });
    assertThat(result).as("a refused packet is unchanged").isEqualTo(given);
    return this;
  }

  NatTimeline passes() {
    assertThat(checked()).isInstanceOf(PassedThrough.class);
    assertThat(result).as("a packet that passes is unchanged").isEqualTo(given);
    return this;
  }

  NatTimeline held() {
    assertThat(checked()).isInstanceOf(Held.class);
    return this;
  }

  /** Expects that no verdict about a held packet is due. */
  NatTimeline nothingLater() {
    assertThat(engine.poll()).isNull();
    return this;
  }

  /** Returns the mappings as text, sorted. */
  List<String> mappingTexts() {
    return engine.mappings(now).stream().map(NatMapping::toString).sorted().toList();
  }

  NatTimeline mappings(String... texts) {
    assertThat(mappingTexts()).containsExactly(texts);
    return this;
  }

  NatTimeline mappingCount(int number) {
    assertThat(engine.mappingCount()).isEqualTo(number);
    return this;
  }

  /** Closes the translator and checks that nothing is left. */
  void end() {
    engine.close(now);
    for (NatVerdict each = engine.poll(); each != null; each = engine.poll()) {
      take(each);
    }
    assertThat(engine.mappings(now)).isEmpty();
    assertThat(engine.nextDeadline()).isEqualTo(NatEngine.NEVER);
    assertThat(memory.held()).as("octets charged").isZero();
    assertThat(allocator.live()).as("buffers not released").isZero();
  }
}
