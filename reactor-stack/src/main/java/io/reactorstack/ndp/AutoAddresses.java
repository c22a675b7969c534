package io.reactorstack.ndp;

import io.reactorstack.layer.Timers;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.NdpOption.PrefixInformation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Stateless address autoconfiguration of one interface (RFC 4862 section 5.5): an address from each prefix that a router
 * advertises for this purpose, with the prefix's lifetimes, and temporary addresses besides if the settings say so.
 */
final class AutoAddresses {

  /** The maximum number of prefixes, since any station of the link can advertise them. */
  static final int MOST = 16;

  /** RFC 7217 6: IDGEN_RETRIES. */
  static final int IDENTIFIER_RETRIES = 3;

  /** RFC 4862 5.5.3 e): an advertisement cannot shorten a valid lifetime to less than this. */
  private static final long TWO_HOURS = Duration.ofHours(2).toNanos();

  private final FormedAddress.Context context;
  private final InterfaceIdentifiers identifiers;
  private final @Nullable TemporaryAddresses temporary;
  private final Timers.Timer timer;
  private final Map<Ipv6Address, FormedAddress> formed = new LinkedHashMap<>();

  /**
   * Creates the set without an address.
   *
   * @param context the parts of the interface; notified after each change of the result of {@link #assigned}
   * @param identifiers forms the addresses
   * @param temporary the temporary addresses; {@code null} for none
   */
  AutoAddresses(
      FormedAddress.Context context, InterfaceIdentifiers identifiers, @Nullable TemporaryAddresses temporary) {
    this.context = context;
    this.identifiers = identifiers;
    this.temporary = temporary;
    this.timer = context.ndp().turn().timer(this::onTimer);
  }

  /** The addresses that can be used, in the order of their prefixes' first advertisement; temporary ones last. */
  List<IpPrefix> assigned() {
    List<IpPrefix> all = new ArrayList<>(
        formed.values().stream().map(FormedAddress::assigned).filter(Objects::nonNull).toList());
    if (temporary != null) {
      all.addAll(temporary.assigned());
    }
    return all;
  }

  /** Returns whether {@code address} was formed here, and is in use or being tested. */
  boolean forms(Ipv6Address address) {
    return formed.values().stream().anyMatch(each -> each.is(address))
        || temporary != null && temporary.forms(address);
  }

  /** Returns whether an address is being tested. */
  boolean isTesting() {
    return formed.values().stream().anyMatch(FormedAddress::isTesting);
  }

  /** Handles a prefix that a router advertises for address configuration (RFC 4862 section 5.5.3). */
  void onPrefix(PrefixInformation option, Consumer<? super NdpDrop> notices) {
    Ipv6Address prefix = (Ipv6Address) option.prefix().network().address();
    if (!isForAddresses(prefix)) {
      notices.accept(NdpDrop.BAD_PREFIX);
      return;
    }
    if (option.preferredLifetime() > option.validLifetime()) {
      notices.accept(NdpDrop.BAD_PREFIX_LIFETIME);
      return;
    }
    // RFC 4862 5.5.3 d), RFC 2464 4: the prefix and the identifier together have the length of an address.
    if (option.prefix().length() + InterfaceIdentifiers.LENGTH != prefix.bitLength()) {
      notices.accept(NdpDrop.BAD_PREFIX_LENGTH);
      return;
    }
    FormedAddress address = formed.get(prefix);
    if (address != null) {
      advertisedAgain(address, option);
    } else if (option.validLifetime() > 0) {
      if (formed.size() >= MOST) {
        notices.accept(NdpDrop.TOO_MANY_ADVERTISED);
        return;
      }
      address = form(prefix, option);
    }
    if (temporary != null && address != null) {
      temporary.onPrefix(prefix, address.preferredUntil(), address.validUntil());
    }
    schedule();
  }

  /** Link-local addresses are the interface's own choice; the first 64 zero bits hold special addresses only. */
  private static boolean isForAddresses(Ipv6Address prefix) {
    return !prefix.isLinkLocal() && !prefix.isMulticast() && prefix.high() != 0;
  }

  private FormedAddress form(Ipv6Address prefix, PrefixInformation option) {
    var candidates = new FormedAddress.Candidates(duplicates -> identifiers.in(prefix, duplicates),
        identifiers.hasMore() ? IDENTIFIER_RETRIES : 0, false);
    FormedAddress added = new FormedAddress(context, prefix, candidates);
    formed.put(prefix, added);
    long now = context.ndp().turn().now();
    added.lifetimes(
        LifetimeTable.end(now, option.preferredLifetime()), LifetimeTable.end(now, option.validLifetime()));
    added.form();
    return added;
  }

  /** RFC 4862 5.5.3 e): the preferred lifetime is that of the message; the valid one cannot be shortened at will. */
  private void advertisedAgain(FormedAddress address, PrefixInformation option) {
    long now = context.ndp().turn().now();
    long valid = LifetimeTable.end(now, option.validLifetime());
    long until = address.validUntil();
    if (valid > until || valid - now > TWO_HOURS) {
      until = valid;
    } else if (until - now > TWO_HOURS) {
      until = now + TWO_HOURS;
    }
    address.lifetimes(LifetimeTable.end(now, option.preferredLifetime()), until);
  }

  /** Handles the removal of an address by the user: it is not formed again while its prefix is valid. */
  void onRemoved(Ipv6Address removed) {
    boolean found = temporary != null && temporary.onRemoved(removed);
    for (FormedAddress each : formed.values()) {
      if (each.is(removed)) {
        each.end();
        found = true;
      }
    }
    if (found) {
      context.changed().run();
    }
  }

  /** The link has come back, perhaps another one. */
  void onLinkUp() {
    if (temporary != null) {
      temporary.onNewLink();
    }
  }

  /** Ends without a change of the addresses. */
  void close() {
    timer.cancel();
    formed.values().forEach(FormedAddress::end);
    formed.clear();
    if (temporary != null) {
      temporary.close();
    }
  }

  private void schedule() {
    long next = Timers.NEVER;
    for (FormedAddress each : formed.values()) {
      next = Math.min(next, each.deadline());
    }
    timer.set(next);
  }

  private void onTimer() {
    long now = context.ndp().turn().now();
    for (FormedAddress each : new ArrayList<>(formed.values())) {
      if (each.validUntil() <= now) {
        formed.remove(each.prefix());
        each.remove();
      } else {
        each.apply();
      }
    }
    schedule();
  }

  /** Arms the timer anew after an address has been assigned. */
  void onChanged() {
    schedule();
    if (temporary != null) {
      temporary.schedule();
    }
  }
}
