package io.reactorstack.dhcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.dhcp.DhcpSettings;
import io.reactorstack.dhcp.DhcpStatus;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.DhcpAddresses;
import io.reactorstack.wire.DhcpMessage;
import io.reactorstack.wire.DhcpOptions;
import io.reactorstack.wire.DhcpType;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A script of one DHCP client on a time line. Times are seconds since the start; the random numbers are the middle of
 * each range, and {@link #at} fails if a message is sent before the given time. The lines of outputs are
 *
 * <pre>
 * discover 0.0.0.0>all             a message with its addresses; then the fields and options that have values
 * check 10.0.0.7                   a probe for the address begins
 * adopt 10.0.0.7/24 until 600      the interface is configured
 * drop 10.0.0.7/24                 the interface loses its address
 * </pre>
 */
final class ClientTimeline {

  static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:0a");
  static final Ipv4Address SERVER = Ipv4Address.parse("10.0.0.1");
  private static final long SECOND = 1_000_000_000L;
  /** An origin near the end of the clock's range, where sums overflow. */
  private static final long ORIGIN = Long.MAX_VALUE - Duration.ofDays(365).toNanos();

  /** Draws the middle of each range, and counts up for identifiers. */
  static final class Middle implements RandomGenerator {
    private int drawn = 100;

    @Override
    public long nextLong() {
      throw new AssertionError("no range");
    }

    @Override
    public int nextInt() {
      return ++drawn;
    }

    @Override
    public long nextLong(long origin, long bound) {
      return origin + (bound - 1 - origin) / 2;
    }
  }

  private final Deque<String> outputs = new ArrayDeque<>();
  /** All messages that were sent. */
  final List<DhcpMessage> sent = new ArrayList<>();
  final List<DhcpStatus> statuses = new ArrayList<>();
  final DhcpEngine engine;
  boolean acceptsAddresses = true;
  private long now = ORIGIN;

  ClientTimeline(DhcpSettings settings) {
    this(settings, null, new Middle());
  }

  ClientTimeline(DhcpSettings settings, @Nullable IpPrefix configured, RandomGenerator random) {
    engine = new DhcpEngine(settings, MAC, 1500, configured, random, new Outputs());
  }

  /** Starts a client that does not probe addresses. */
  static ClientTimeline start() {
    return start(DhcpSettings.DEFAULT.withAddressCheck(false));
  }

  static ClientTimeline start(DhcpSettings settings) {
    return new ClientTimeline(settings).linkUp();
  }

  /** Starts a client that has got 10.0.0.7 for 1000 seconds, at second 0; T1 is 500, T2 is 875. */
  static ClientTimeline bound() {
    return start().offer("10.0.0.7").ack("10.0.0.7", 1000).forget();
  }

  private final class Outputs implements DhcpActions {
    @Override
    public void send(DhcpMessage message, Ipv4Address source, Ipv4Address destination) {
      sent.add(message);
      StringBuilder line = new StringBuilder(message.type() + " " + source + ">"
          + (destination.isLimitedBroadcast() ? "all" : destination));
      line.append(message.secs() > 0 ? " secs " + message.secs() : "");
      line.append(message.addresses().ciaddr().isUnspecified() ? "" : " ciaddr " + message.addresses().ciaddr());
      line.append(text(" requested ", message.options().address(DhcpOptions.REQUESTED_ADDRESS)));
      line.append(text(" server ", message.server()));
      outputs.add(line.toString());
    }

    @Override
    public void check(Ipv4Address address) {
      outputs.add("check " + address);
    }

    @Override
    public void stopCheck() {
      outputs.add("stop check");
    }

    @Override
    public boolean adopt(DhcpLease lease, long validUntil) {
      outputs.add("adopt " + lease.address() + " until "
          + (validUntil == Long.MAX_VALUE ? "ever" : (validUntil - ORIGIN) / SECOND));
      return acceptsAddresses;
    }

    @Override
    public void drop(DhcpLease lease) {
      outputs.add("drop " + lease.address());
    }

    @Override
    public void changed(DhcpStatus status) {
      statuses.add(status);
    }
  }

  private static String text(String word, @Nullable Ipv4Address address) {
    return address == null ? "" : word + address;
  }

  // ---- time

  /** Advances the time to {@code seconds}; deadlines before it must cause no output. */
  ClientTimeline at(double seconds) {
    expect();
    long target = ORIGIN + Math.round(seconds * SECOND);
    assertThat(target).as("time runs forward").isGreaterThanOrEqualTo(now);
    while (engine.nextDeadline() < target) {
      now = Math.max(now, engine.nextDeadline());
      engine.onTimeout(now);
      assertThat(outputs).as("outputs at %s s, before %s s", (now - ORIGIN) / 1e9, seconds).isEmpty();
    }
    now = target;
    if (engine.nextDeadline() <= now) {
      engine.onTimeout(now);
    }
    return this;
  }

  /** As {@link #at}, but ignores the outputs on the way. */
  ClientTimeline pass(double seconds) {
    long target = ORIGIN + Math.round(seconds * SECOND);
    while (engine.nextDeadline() < target) {
      next();
    }
    return forget().at(seconds);
  }

  /** Advances to the next deadline, whatever it is, and returns it in seconds. */
  double next() {
    now = engine.nextDeadline();
    engine.onTimeout(now);
    return (now - ORIGIN) / 1e9;
  }

  // ---- inputs

  ClientTimeline linkUp() {
    engine.onLinkUp(now);
    return this;
  }

  ClientTimeline linkDown() {
    engine.onLinkDown();
    return this;
  }

  ClientTimeline renew() {
    engine.renew(now);
    return this;
  }

  ClientTimeline release() {
    engine.release(now);
    return this;
  }

  ClientTimeline checked(String address, boolean free) {
    engine.onChecked(Ipv4Address.parse(address), free, now);
    return this;
  }

  static DhcpOptions from(Ipv4Address server) {
    return DhcpOptions.NONE.withAddress(DhcpOptions.SERVER_ID, server);
  }

  static DhcpOptions leased(Ipv4Address server, long seconds) {
    return from(server).withNumber(DhcpOptions.LEASE_TIME, seconds, 4)
        .withAddress(DhcpOptions.SUBNET_MASK, Ipv4Address.parse("255.255.255.0"));
  }

  /** Returns a reply to the last message. */
  DhcpMessage reply(DhcpType type, String yiaddr, DhcpOptions options) {
    return new DhcpMessage(type, 0, sent.getLast().xid(), 0, false,
        DhcpAddresses.NONE.withYiaddr(Ipv4Address.parse(yiaddr)), MAC, options);
  }

  ClientTimeline offer(String yiaddr) {
    return hear(reply(DhcpType.OFFER, yiaddr, leased(SERVER, 1000)));
  }

  ClientTimeline ack(String yiaddr, long seconds) {
    return hear(reply(DhcpType.ACK, yiaddr, leased(SERVER, seconds)));
  }

  ClientTimeline nak() {
    return hear(reply(DhcpType.NAK, "0.0.0.0", from(SERVER).withText(DhcpOptions.MESSAGE, "no such lease")));
  }

  /** Receives a message that the client must accept. */
  ClientTimeline hear(DhcpMessage message) {
    assertThat(engine.onMessage(message, now)).as("%s", message).isNull();
    return this;
  }

  /** Receives a message that the client must ignore without any output. */
  ClientTimeline ignore(DhcpMessage message, DhcpDrop reason) {
    List<String> before = List.copyOf(outputs);
    DhcpState state = engine.state();
    assertThat(engine.onMessage(message, now)).as("%s", message).isEqualTo(reason);
    assertThat(engine.state()).isSameAs(state);
    assertThat(outputs).containsExactlyElementsOf(before);
    return this;
  }

  // ---- expectations

  ClientTimeline expect(String... lines) {
    List<String> all = List.copyOf(outputs);
    outputs.clear();
    assertThat(all).as("outputs at %s s", (now - ORIGIN) / 1e9).containsExactly(lines);
    return this;
  }

  /** Ignores the outputs so far. */
  ClientTimeline forget() {
    outputs.clear();
    return this;
  }

  ClientTimeline state(Class<? extends DhcpState> expected) {
    assertThat(engine.state()).isInstanceOf(expected);
    return this;
  }

  DhcpStatus status() {
    return statuses.getLast();
  }

  long now() {
    return now;
  }

  DhcpMessage last() {
    return sent.getLast();
  }
}
