package io.reactorstack.ndp;

import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.Ipv6Address;
import java.net.SocketException;
import java.time.Duration;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The Subnet-Router anycast addresses of the networks of an interface, whose members are all routers of the link (RFC 4291
 * section 2.6.1): joins their solicited-node groups while the host is a router, and delays the answers to solicitations.
 */
final class SubnetRouters {

  /** MAX_ANYCAST_DELAY_TIME of RFC 4861 section 10. */
  static final Duration MAX_DELAY = Duration.ofSeconds(1);

  /** The maximum number of answers that wait; further solicitations are dropped, and their senders ask again. */
  static final int MAX_WAITING = 64;

  private static final Logger LOG = Loggers.getLogger(SubnetRouters.class);

  private record Question(Ipv6Address target, Ipv6Address station) {}

  private final NdpHost ndp;
  private final NetworkInterface networkInterface;
  private final BiConsumer<? super Ipv6Address, ? super Ipv6Address> answer;
  private final Timers.Timer timer;
  private final Set<Ipv6Address> groups = new LinkedHashSet<>();
  /** The questions, and the times of their answers. */
  private final Map<Question, Long> waiting = new LinkedHashMap<>();

  /**
   * Creates the membership of {@code networkInterface}.
   *
   * @param answer sends the advertisement for an anycast address, the first argument, to a station, the second one
   */
  SubnetRouters(NdpHost ndp, NetworkInterface networkInterface,
      BiConsumer<? super Ipv6Address, ? super Ipv6Address> answer) {
    this.ndp = ndp;
    this.networkInterface = networkInterface;
    this.answer = answer;
    this.timer = ndp.turn().timer(this::onTimer);
  }

  /** Returns whether the host receives packets to {@code address} as a router of the link. */
  boolean isMember(Ipv6Address address) {
    return ndp.forwards() && networkInterface.isSubnetRouter(address);
  }

  /** Joins and leaves groups after a change of the addresses or of the role of the host. */
  void follow() {
    Set<Ipv6Address> wanted = wanted();
    for (Ipv6Address group : List.copyOf(groups)) {
      if (!wanted.contains(group)) {
        groups.remove(group);
        ndp.groups().leave(this, networkInterface, group);
      }
    }
    for (Ipv6Address group : wanted) {
      if (groups.add(group)) {
        join(group);
      }
    }
  }

  private Set<Ipv6Address> wanted() {
    Set<Ipv6Address> wanted = new LinkedHashSet<>();
    for (InterfaceAddress own : networkInterface.addresses()) {
      if (own.prefix().firstAddress() instanceof Ipv6Address first && isMember(first)) {
        wanted.add(first.solicitedNode());
      }
    }
    return wanted;
  }

  private void join(Ipv6Address group) {
    try {
      ndp.groups().join(this, networkInterface, group);
    } catch (SocketException e) {
      LOG.error("the interface {} cannot report the group {}", networkInterface.name(), group, e);
    }
  }

  /**
   * Answers the solicitation of {@code station} after a random delay, because other routers answer too (RFC 4861 section
   * 7.2.4).
   *
   * @return the reason to drop it, or {@code null}
   */
  @Nullable
  NdpDrop onSolicitation(Ipv6Address target, Ipv6Address station) {
    Question question = new Question(target, station);
    if (waiting.containsKey(question)) {
      return null;
    }
    if (waiting.size() >= MAX_WAITING) {
      return NdpDrop.TOO_MANY_SOLICITATIONS;
    }
    waiting.put(question, ndp.turn().now() + (long) (ndp.random().nextDouble() * MAX_DELAY.toNanos()));
    setTimer();
    return null;
  }

  private void onTimer() {
    long now = ndp.turn().now();
    for (Iterator<Map.Entry<Question, Long>> all = waiting.entrySet().iterator(); all.hasNext();) {
      Map.Entry<Question, Long> each = all.next();
      if (each.getValue() - now <= 0) {
        all.remove();
        answer.accept(each.getKey().target, each.getKey().station);
      }
    }
    setTimer();
  }

  private void setTimer() {
    Collection<Long> times = waiting.values();
    if (times.isEmpty()) {
      timer.cancel();
    } else {
      timer.set(times.stream().mapToLong(Long::longValue).min().getAsLong());
    }
  }

  void close() {
    waiting.clear();
    timer.cancel();
  }
}
