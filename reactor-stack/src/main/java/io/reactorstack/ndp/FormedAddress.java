package io.reactorstack.ndp;

import io.reactorstack.ip.host.HostNetwork;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.InterfaceAddress.Lifetimes;
import io.reactorstack.ip.host.InterfaceAddress.State;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import java.io.IOException;
import java.time.Duration;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * One address that an interface forms from an advertised prefix: tested, assigned, and in the state that follows from its
 * lifetimes (RFC 4862 section 5.5).
 */
final class FormedAddress {

  private static final Logger LOG = Loggers.getLogger(FormedAddress.class);

  /** RFC 7217 6: IDGEN_DELAY. */
  static final Duration IDENTIFIER_DELAY = Duration.ofSeconds(1);

  /** The parts of its interface. */
  record Context(NdpHost ndp, NetworkInterface networkInterface, TestedAddresses addresses, NdpLink.Owner owner,
      Runnable changed) {}

  /**
   * The addresses to try.
   *
   * @param in returns the address for the number of duplicates so far
   * @param retries the number of further addresses after a duplicate
   * @param areTemporary whether they are temporary (RFC 8981)
   */
  record Candidates(IntFunction<IpPrefix> in, int retries, boolean areTemporary) {}

  private enum Step {
    TESTING,
    ASSIGNED,
    /** Another station has it, or the user has removed it; none is formed again while the prefix is valid. */
    UNUSABLE
  }

  private final Context context;
  private final Ipv6Address prefix;
  private final Candidates candidates;
  private final Timers.Timer retry;
  private Step step = Step.TESTING;
  private @Nullable IpPrefix own;
  private int duplicates;
  private long preferredUntil;
  private long validUntil;

  FormedAddress(Context context, Ipv6Address prefix, Candidates candidates) {
    this.context = context;
    this.prefix = prefix;
    this.candidates = candidates;
    this.retry = context.ndp.turn().timer(this::form);
  }

  Ipv6Address prefix() {
    return prefix;
  }

  long validUntil() {
    return validUntil;
  }

  long preferredUntil() {
    return preferredUntil;
  }

  boolean isTesting() { return step == Step.TESTING; }

  boolean isUnusable() { return step == Step.UNUSABLE; }

  /** Returns the address if it can be used, or {@code null}. */
  @Nullable
  IpPrefix assigned() {
    return step == Step.ASSIGNED ? own : null;
  }

  boolean is(Ipv6Address address) {
    return own != null && step != Step.UNUSABLE && own.address().equals(address);
  }

  /** The time at which the state changes next. */
  long deadline() {
    boolean isPreferred = step == Step.ASSIGNED && preferredUntil > context.ndp.turn().now();
    return isPreferred ? preferredUntil : validUntil;
  }

  /** Sets the lifetimes, and the state that follows from them. */
  void lifetimes(long preferred, long valid) {
    validUntil = valid;
    preferredUntil = Math.min(preferred, valid);
    apply();
  }

  /** Forms an address that the interface does not have yet, and begins to test it. */
  void form() {
    IpPrefix candidate = candidates.in.apply(duplicates);
    while (isHeld(candidate) && duplicates < candidates.retries) {
      candidate = candidates.in.apply(++duplicates);
    }
    own = candidate;
    if (isHeld(candidate)) {
      end();
      return;
    }
    try {
      context.addresses.add(entry(State.TENTATIVE, candidate), this::onTested);
    } catch (IllegalArgumentException e) {
      LOG.warn("interface {} cannot have an address from the prefix {}: {}", context.networkInterface.name(), prefix,
          e.getMessage());
      end();
    }
  }

  private boolean isHeld(IpPrefix candidate) {
    return context.networkInterface.holding(candidate.address()) != null;
  }

  private InterfaceAddress entry(State state, IpPrefix address) {
    return new InterfaceAddress(address, state, new Lifetimes(preferredUntil, validUntil),
        InterfaceAddress.Origin.ROUTER, candidates.areTemporary);
  }

  private void onTested(@Nullable IOException failure) {
    if (failure == null) {
      step = Step.ASSIGNED;
      apply();
    } else if (failure instanceof DuplicateAddressException && duplicates < candidates.retries) {
      // RFC 7217 6, RFC 8981 3.4: another identifier, and only a few times.
      duplicates++;
      NdpHost ndp = context.ndp;
      retry.set(ndp.turn().now() + (long) (ndp.random().nextDouble() * IDENTIFIER_DELAY.toNanos()));
    } else {
      if (failure instanceof DuplicateAddressException) {
        LOG.error("interface {} has no {}address from the prefix {}/64: {}", context.networkInterface.name(),
            candidates.areTemporary ? "temporary " : "", prefix, failure.getMessage());
      }
      end();
    }
    context.changed.run();
  }

  /** Gives the interface's entry of the address the current lifetimes, and the state that follows from them. */
  void apply() {
    IpPrefix address = own;
    InterfaceAddress held = address == null || step == Step.UNUSABLE
        ? null
        : context.networkInterface.holding(address.address());
    if (address == null || held == null) {
      return;
    }
    HostNetwork network = context.ndp.host().network();
    String name = context.networkInterface.name();
    State state = preferredUntil > context.ndp.turn().now() ? State.PREFERRED : State.DEPRECATED;
    if (step == Step.TESTING) {
      network.renewAddress(name, entry(State.TENTATIVE, address));
    } else if (held.state() == state) {
      network.renewAddress(name, entry(state, address));
    } else {
      network.restate(name, entry(state, address));
    }
  }

  /** Marks the address as unusable; the interface does not have it, or will not have it any more. */
  void end() {
    step = Step.UNUSABLE;
    retry.cancel();
  }

  /** Removes the address from the interface: its valid lifetime has ended, or the link may be another one. */
  void remove() {
    IpPrefix address = own;
    boolean held = step != Step.UNUSABLE;
    end();
    if (held && address != null) {
      context.owner.removeAddress((Ipv6Address) address.address());
    }
    context.changed.run();
  }
}
