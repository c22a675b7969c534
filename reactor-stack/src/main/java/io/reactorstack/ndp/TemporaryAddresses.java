package io.reactorstack.ndp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Temporary addresses of one interface (RFC 8981): for each prefix one with a random identifier, which is preferred for a
 * day at most and is followed by another one.
 */
final class TemporaryAddresses {

  /** RFC 8981 3.8: TEMP_VALID_LIFETIME. */
  static final long VALID = Duration.ofDays(2).toNanos();

  /** RFC 8981 3.8: TEMP_PREFERRED_LIFETIME. */
  static final long PREFERRED = Duration.ofDays(1).toNanos();

  /** RFC 8981 3.8: MAX_DESYNC_FACTOR. */
  private static final double MAX_DESYNC = 0.4 * PREFERRED;

  /** RFC 8981 3.8: TEMP_IDGEN_RETRIES. */
  static final int RETRIES = 3;

  /** The maximum number of addresses. */
  static final int MOST = 2 * AutoAddresses.MOST;

  /** The ends of two lifetimes. */
  private record Ends(long preferredUntil, long validUntil) {}

  private final FormedAddress.Context context;
  private final LoopTurn turn;
  private final long regenAdvance;
  private final Timers.Timer timer;
  /** The addresses, with the limits of their lifetimes, whatever routers advertise. */
  private final Map<FormedAddress, Ends> addresses = new LinkedHashMap<>();
  /** The prefixes, with their current lifetimes. */
  private final Map<Ipv6Address, Ends> prefixes = new HashMap<>();

  /**
   * Creates the set without an address.
   *
   * @param solicitations DupAddrDetectTransmits of RFC 4862
   * @param retransTimer RetransTimer of RFC 4861 at the start, in nanoseconds
   */
  TemporaryAddresses(FormedAddress.Context context, int solicitations, long retransTimer) {
    this.context = context;
    this.turn = context.ndp().turn();
    // RFC 8981 3.8: REGEN_ADVANCE
    this.regenAdvance = Duration.ofSeconds(2).toNanos() + RETRIES * solicitations * retransTimer;
    this.timer = turn.timer(this::onTimer);
  }

  /** The addresses that can be used, oldest first. */
  List<IpPrefix> assigned() {
    return addresses.keySet().stream().map(FormedAddress::assigned).filter(Objects::nonNull).toList();
  }

  boolean forms(Ipv6Address address) {
    return addresses.keySet().stream().anyMatch(each -> each.is(address));
  }

  /**
   * Handles a prefix from which the interface has formed an address, with the ends of that address's lifetimes (RFC 8981
   * section 3.4).
   */
  void onPrefix(Ipv6Address prefix, long preferredUntil, long validUntil) {
    prefixes.put(prefix, new Ends(preferredUntil, validUntil));
    addresses.forEach((each, limits) -> {
      if (each.prefix().equals(prefix)) {
        each.lifetimes(Math.min(preferredUntil, limits.preferredUntil), Math.min(validUntil, limits.validUntil));
      }
    });
    renew(prefix);
    schedule();
  }

  /** Forms an address from {@code prefix} if it has none that remains preferred for a while. */
  private void renew(Ipv6Address prefix) {
    long now = turn.now();
    Ends known = prefixes.get(prefix);
    boolean hasOne = addresses.keySet().stream()
        .anyMatch(each -> each.prefix().equals(prefix) && each.preferredUntil() - now > regenAdvance);
    if (known == null || hasOne || addresses.size() >= MOST) {
      return;
    }
    long desync = (long) (context.ndp().random().nextDouble() * MAX_DESYNC);
    var limits = new Ends(now + PREFERRED - desync, now + VALID);
    long preferred = Math.min(known.preferredUntil, limits.preferredUntil);
    // RFC 8981 3.4: an address that would have to be replaced at once is not worth a test.
    if (preferred - now <= regenAdvance) {
      return;
    }
    var candidates = new FormedAddress.Candidates(duplicates -> random(prefix), RETRIES, true);
    FormedAddress added = new FormedAddress(context, prefix, candidates);
    addresses.put(added, limits);
    added.lifetimes(preferred, Math.min(known.validUntil, limits.validUntil));
    added.form();
  }

  /** RFC 8981 3.3.1: a random identifier that is not reserved. */
  private IpPrefix random(Ipv6Address prefix) {
    long identifier = context.ndp().random().nextLong();
    while (InterfaceIdentifiers.isReserved(identifier)) {
      identifier = context.ndp().random().nextLong();
    }
    return new IpPrefix(new Ipv6Address(prefix.high(), identifier), prefix.bitLength() - InterfaceIdentifiers.LENGTH);
  }

  /** RFC 8981 3.6: the link may be another one, on which the addresses would connect the host's activities. */
  void onNewLink() {
    List<FormedAddress> all = List.copyOf(addresses.keySet());
    addresses.clear();
    prefixes.clear();
    all.forEach(FormedAddress::remove);
    timer.cancel();
  }

  /** Handles the removal of an address by the user; returns whether it was a temporary one. */
  boolean onRemoved(Ipv6Address removed) {
    for (FormedAddress each : addresses.keySet()) {
      if (each.is(removed)) {
        each.end();
        return true;
      }
    }
    return false;
  }

  private void onTimer() {
    long now = turn.now();
    for (FormedAddress each : new ArrayList<>(addresses.keySet())) {
      if (each.validUntil() <= now) {
        addresses.remove(each);
        each.remove();
      } else {
        each.apply();
      }
    }
    prefixes.values().removeIf(each -> each.validUntil <= now);
    List.copyOf(prefixes.keySet()).forEach(this::renew);
    schedule();
  }

  /** Arms the timer for the next renewal, or the next end of a lifetime. */
  void schedule() {
    long now = turn.now();
    long next = Timers.NEVER;
    for (FormedAddress each : addresses.keySet()) {
      long renewal = each.preferredUntil() - regenAdvance;
      next = Math.min(next, renewal > now ? Math.min(renewal, each.deadline()) : each.deadline());
    }
    timer.set(next);
  }

  /** Ends without a change of the addresses. */
  void close() {
    timer.cancel();
    addresses.keySet().forEach(FormedAddress::end);
    addresses.clear();
    prefixes.clear();
  }
}
