package io.reactorstack.dhcp.engine;

import static io.reactorstack.dhcp.engine.HeldLease.NEVER;

import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.dhcp.DhcpSettings;
import io.reactorstack.dhcp.DhcpStatus;
import io.reactorstack.dhcp.DhcpStatus.Cause;
import io.reactorstack.dhcp.DhcpStatus.Phase;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.DhcpMessage;
import io.reactorstack.wire.DhcpOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The DHCP client of one interface, as a machine without a clock (RFC 2131 section 4.4). Times are nanoseconds of one
 * clock with an arbitrary origin.
 *
 * <p>Order of use: the constructor, then {@link #onLinkUp}. After each input the caller arms a timer for {@link
 * #nextDeadline} and calls {@link #onTimeout} when it is due. The outputs are calls of {@link DhcpActions}. An
 * interface that has a configured address asks for the other parameters only (DHCPINFORM). Confined to one thread.
 */
public final class DhcpEngine {

  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  /** The number of requests for one address without an answer, about a minute, before the client begins again. */
  private static final int MOST_REQUESTS = 4;
  private static final int MOST_OFFERS = 16;
  /** RFC 2131 section 3.1: the least delay after a DHCPDECLINE. */
  private static final long AFTER_CONFLICT = 10 * SECOND;
  /** RFC 5227 section 2.1.1: after ten conflicts a host tries at most one address a minute. */
  private static final int MANY_CONFLICTS = 10;
  private static final long AFTER_MANY_CONFLICTS = 60 * SECOND;
  private static final int MOST_DOUBLINGS = 6;
  /** The time for the resolution of the server's link address before a released address is removed. */
  private static final long LEAVING = SECOND;
  /** RFC 2131 section 4.4.5: the shortest time between two requests to extend a lease. */
  private static final long LEAST_EXTENSION_DELAY = 60 * SECOND;

  private final DhcpSettings settings;
  private final MacAddress mac;
  private final @Nullable IpPrefix configured;
  private final DhcpRequests requests;
  private final RandomGenerator random;
  private final DhcpActions actions;
  private DhcpState state = new DhcpState.NoLink(null);
  /** The address to ask for. */
  private @Nullable Ipv4Address wanted;
  /** True until the address of an earlier start was verified. */
  private boolean verifies;
  private boolean begun;
  private boolean linkIsUp;
  private int refusals;
  private int conflicts;
  private Cause cause = Cause.NONE;
  private @Nullable String detail;

  /**
   * Creates the client of an interface whose link is down.
   *
   * @param mac the hardware address of the interface
   * @param mtu the largest IP packet that the interface carries, in octets
   * @param configured the address of the interface if the user has configured one; {@code null} to get one from a server
   * @param random chooses transaction identifiers and varies times
   * @param actions the outputs
   */
  public DhcpEngine(DhcpSettings settings, MacAddress mac, int mtu, @Nullable IpPrefix configured,
      RandomGenerator random, DhcpActions actions) {
    this.settings = settings;
    this.mac = mac;
    this.configured = configured;
    this.requests = new DhcpRequests(settings, mac, mtu);
    this.random = random;
    this.actions = actions;
    this.wanted = settings.previousAddress();
    this.verifies = wanted != null;
  }

  // ---- questions

  /** The present state. */
  public DhcpState state() {
    return state;
  }

  /** The lease in use, or the received parameters of an interface that has an address; {@code null} if there is none. */
  public @Nullable DhcpLease lease() {
    HeldLease held = state.held();
    return held != null ? held.lease() : state instanceof DhcpState.Informed informed ? informed.parameters() : null;
  }

  /** The time of the next {@link #onTimeout}; {@link Long#MAX_VALUE} if no time is set. */
  public long nextDeadline() {
    HeldLease held = state.held();
    Exchange exchange = state.exchange();
    long end = held == null ? NEVER : held.expiresAt();
    long repeat = exchange == null ? NEVER : exchange.repeatAt();
    return Math.min(Math.min(end, repeat), switch (state) {
      case DhcpState.Delayed delayed -> delayed.until();
      case DhcpState.Selecting selecting -> selecting.selectAt();
      case DhcpState.Bound bound -> bound.held().renewAt();
      case DhcpState.Renewing renewing -> renewing.held().rebindAt();
      case DhcpState.Releasing releasing -> releasing.until();
      default -> NEVER;
    });
  }

  private DhcpStatus status() {
    Exchange exchange = state.exchange();
    Phase phase = switch (state) {
      case DhcpState.NoLink none -> Phase.NO_LINK;
      case DhcpState.Delayed delayed -> Phase.DELAYED;
      case DhcpState.Selecting selecting -> Phase.SELECTING;
      case DhcpState.Requesting requesting -> Phase.REQUESTING;
      case DhcpState.Rebooting rebooting -> Phase.REBOOTING;
      case DhcpState.Checking checking -> Phase.CHECKING;
      case DhcpState.Bound bound -> Phase.BOUND;
      case DhcpState.Renewing renewing -> Phase.RENEWING;
      case DhcpState.Rebinding rebinding -> Phase.REBINDING;
      case DhcpState.Informing informing -> Phase.INFORMING;
      case DhcpState.Informed informed -> Phase.INFORMED;
      case DhcpState.Releasing releasing -> Phase.RELEASING;
      case DhcpState.Stopped stopped -> Phase.STOPPED;
    };
    return new DhcpStatus(phase, exchange == null ? 0 : exchange.sent(), lease(), cause, detail);
  }

  private void become(DhcpState next) {
    state = next;
    actions.changed(status());
  }

  // ---- the link and the user

  /** The link is up: begins, or verifies that the lease is valid on this link (RFC 2131 section 3.7). */
  public void onLinkUp(long now) {
    linkIsUp = true;
    if (state instanceof DhcpState.NoLink before) {
      begin(before.held(), now);
    }
  }

  private void begin(@Nullable HeldLease held, long now) {
    if (configured != null) {
      inform(Exchange.begin(random, now), (Ipv4Address) configured.address(), now);
    } else if (held != null) {
      reboot(Exchange.begin(random, now), held.address(), held, now);
    } else if (wanted != null && verifies) {
      reboot(Exchange.begin(random, now), wanted, null, now);
    } else {
      long longest = begun ? 0 : settings.timing().startDelay().toNanos();
      delay(longest == 0 ? 0 : random.nextLong(SECOND, Math.max(SECOND, longest) + 1), now);
    }
    begun = true;
  }

  /** The link is down: sends nothing, and keeps a lease until its end. */
  public void onLinkDown() {
    linkIsUp = false;
    if (state instanceof DhcpState.Releasing releasing) {
      leave(releasing);
    }
    if (state instanceof DhcpState.Stopped || state instanceof DhcpState.NoLink) {
      return;
    }
    actions.stopCheck();
    become(new DhcpState.NoLink(state.held()));
  }

  /** Extends the lease before its time, or begins again after {@link #release}; has no effect in other states. */
  public void renew(long now) {
    if (state instanceof DhcpState.Bound bound) {
      extend(bound.held(), now);
    } else if (state instanceof DhcpState.Stopped) {
      state = new DhcpState.NoLink(null);
      if (linkIsUp) {
        begin(null, now);
      }
    }
  }

  /** Gives the lease back to its server and stops (RFC 2131 section 4.4.6). */
  public void release(long now) {
    if (state instanceof DhcpState.Releasing) {
      return;
    }
    HeldLease held = state.held();
    actions.stopCheck();
    cause = Cause.RELEASED;
    if (held != null && linkIsUp) {
      actions.send(requests.release(random.nextInt(), held), held.address(), held.lease().server());
      become(new DhcpState.Releasing(held, now + LEAVING));
      return;
    }
    if (held != null) {
      actions.drop(held.lease());
    }
    become(new DhcpState.Stopped());
  }

  private void leave(DhcpState.Releasing releasing) {
    actions.drop(releasing.given().lease());
    become(new DhcpState.Stopped());
  }

  // ---- time

  /** Does what is due at {@code now}. */
  public void onTimeout(long now) {
    HeldLease held = state.held();
    if (held != null && now >= held.expiresAt()) {
      expire(held, now);
      return;
    }
    Exchange exchange = state.exchange();
    boolean repeats = exchange != null && now >= exchange.repeatAt();
    switch (state) {
      case DhcpState.Delayed delayed when now >= delayed.until() -> discover(now);
      case DhcpState.Selecting selecting when now >= selecting.selectAt() -> select(selecting, now);
      case DhcpState.Selecting selecting when repeats -> look(selecting, now);
      case DhcpState.Requesting requesting when repeats -> requestAgain(requesting, now);
      case DhcpState.Rebooting rebooting when repeats -> rebootAgain(rebooting, now);
      case DhcpState.Bound bound when now >= bound.held().renewAt() -> extend(bound.held(), now);
      case DhcpState.Renewing renewing when now >= renewing.held().rebindAt() ->
        rebind(renewing.held(), Exchange.begin(random, now), now);
      case DhcpState.Renewing renewing when repeats -> renewAtServer(renewing.held(), renewing.exchange(), now);
      case DhcpState.Rebinding rebinding when repeats -> rebind(rebinding.held(), rebinding.exchange(), now);
      case DhcpState.Releasing releasing when now >= releasing.until() -> leave(releasing);
      case DhcpState.Informing informing when repeats -> informAgain(informing, now);
      default -> {
        // The timer was earlier than the deadline.
      }
    }
  }

  // RFC 2131 4.4.5: the client stops to use the address at once, and asks for it again.
  private void expire(HeldLease held, long now) {
    actions.drop(held.lease());
    if (state instanceof DhcpState.NoLink) {
      cause = Cause.EXPIRED;
      become(new DhcpState.NoLink(null));
    } else {
      restart(Cause.EXPIRED, 0, now);
    }
  }

  private void restart(Cause why, long wait, long now) {
    cause = why;
    delay(wait, now);
  }

  private void delay(long wait, long now) {
    if (wait == 0) {
      discover(now);
    } else {
      become(new DhcpState.Delayed(now + wait));
    }
  }

  private void discover(long now) {
    look(new DhcpState.Selecting(Exchange.begin(random, now), List.of(), NEVER), now);
  }

  private void look(DhcpState.Selecting before, long now) {
    Exchange exchange = before.exchange();
    broadcast(requests.discover(exchange, now, wanted));
    become(new DhcpState.Selecting(
        exchange.sent(now, exchange.backoff(random, now)), before.offers(), before.selectAt()));
  }

  private void broadcast(DhcpMessage message) {
    actions.send(message, message.addresses().ciaddr(), Ipv4Address.BROADCAST);
  }

  /** Chooses the offer of the wanted address, otherwise the first offer. */
  private void select(DhcpState.Selecting selecting, long now) {
    DhcpMessage chosen = selecting.offers().stream().filter(offer -> offer.addresses().yiaddr().equals(wanted))
        .findFirst().orElse(selecting.offers().getFirst());
    request(selecting.exchange().continued(now), chosen, now, now);
  }

  private void request(Exchange exchange, DhcpMessage offer, long requestedAt, long now) {
    broadcast(requests.select(exchange, offer, serverOf(offer)));
    become(new DhcpState.Requesting(
        exchange.sentWithSameSecs(exchange.backoff(random, now)), offer, requestedAt));
  }

  private static Ipv4Address serverOf(DhcpMessage message) {
    Ipv4Address server = message.server();
    return server == null ? Ipv4Address.UNSPECIFIED : server;
  }

  private void requestAgain(DhcpState.Requesting requesting, long now) {
    if (requesting.exchange().sent() >= MOST_REQUESTS) {
      restart(Cause.NO_ANSWER, 0, now);
    } else {
      request(requesting.exchange(), requesting.offer(), requesting.requestedAt(), now);
    }
  }

  private void reboot(Exchange exchange, Ipv4Address address, @Nullable HeldLease held, long now) {
    broadcast(requests.verify(exchange, now, address));
    become(new DhcpState.Rebooting(
        exchange.sent(now, exchange.backoff(random, now)), address, held, exchange.begunAt()));
  }

  private void rebootAgain(DhcpState.Rebooting rebooting, long now) {
    HeldLease held = rebooting.held();
    if (rebooting.exchange().sent() < MOST_REQUESTS) {
      reboot(rebooting.exchange(), rebooting.address(), held, now);
    } else if (held != null) {
      // RFC 2131 3.2: without an answer the client may use the rest of its lease.
      cause = Cause.NO_ANSWER;
      become(new DhcpState.Bound(held));
    } else {
      verifies = false;
      restart(Cause.NO_ANSWER, 0, now);
    }
  }

  private void extend(HeldLease held, long now) {
    renewAtServer(held, Exchange.begin(random, now), now);
  }

  private void renewAtServer(HeldLease held, Exchange exchange, long now) {
    actions.send(requests.extend(exchange, now, held.address()), held.address(), held.lease().server());
    become(new DhcpState.Renewing(held, exchange.sent(now, extensionAfter(now, held.rebindAt())), now));
  }

  private void rebind(HeldLease held, Exchange exchange, long now) {
    broadcast(requests.extend(exchange, now, held.address()));
    become(new DhcpState.Rebinding(held, exchange.sent(now, extensionAfter(now, held.expiresAt())), now));
  }

  // RFC 2131 4.4.5: half of the remaining time, but at least a minute.
  private static long extensionAfter(long now, long end) {
    if (end == NEVER) {
      return now + LEAST_EXTENSION_DELAY;
    }
    return now + Math.max(LEAST_EXTENSION_DELAY, (end - now) / 2);
  }

  private void inform(Exchange exchange, Ipv4Address own, long now) {
    broadcast(requests.inform(exchange, now, own));
    become(new DhcpState.Informing(exchange.sent(now, exchange.backoff(random, now)), own));
  }

  private void informAgain(DhcpState.Informing informing, long now) {
    if (informing.exchange().sent() < MOST_REQUESTS) {
      inform(informing.exchange(), informing.address(), now);
    } else {
      // RFC 2131 4.4.3: the user is notified, and the host uses its defaults.
      cause = Cause.NO_ANSWER;
      become(new DhcpState.Stopped());
    }
  }

  // ---- messages

  /**
   * Handles a message that has reached the client's port.
   *
   * @return {@code null}, or the reason for which the message was ignored
   */
  public @Nullable DhcpDrop onMessage(DhcpMessage message, long now) {
    Exchange exchange = state.exchange();
    if (!message.type().isReply()) {
      return DhcpDrop.NOT_A_REPLY;
    }
    if (!message.chaddr().equals(mac) || (exchange != null && message.xid() != exchange.xid())) {
      return DhcpDrop.OTHER_CLIENT;
    }
    if (exchange == null) {
      return DhcpDrop.UNEXPECTED;
    }
    return switch (message.type()) {
      case OFFER -> onOffer(message, now);
      case ACK -> onAck(message, now);
      default -> onNak(message, now);
    };
  }

  private @Nullable DhcpDrop onOffer(DhcpMessage offer, long now) {
    if (!(state instanceof DhcpState.Selecting selecting) || selecting.offers().size() >= MOST_OFFERS) {
      return DhcpDrop.UNEXPECTED;
    }
    if (!HeldLease.isHost(serverOf(offer))) {
      return DhcpDrop.OTHER_SERVER;
    }
    // RFC 3927 1.6: a link-local address is not assigned by a server.
    Ipv4Address offered = offer.addresses().yiaddr();
    if (!HeldLease.isHost(offered) || offered.isLinkLocal()) {
      return DhcpDrop.BAD_LEASE;
    }
    List<DhcpMessage> all = new ArrayList<>(selecting.offers());
    all.add(offer);
    long selectAt = Math.min(selecting.selectAt(), now + settings.timing().offerTime().toNanos());
    DhcpState.Selecting next = new DhcpState.Selecting(selecting.exchange(), List.copyOf(all), selectAt);
    if (now >= selectAt) {
      select(next, now);
    } else {
      state = next;
    }
    return null;
  }

  private @Nullable DhcpDrop onAck(DhcpMessage ack, long now) {
    return switch (state) {
      case DhcpState.Requesting requesting -> {
        Ipv4Address chosen = serverOf(requesting.offer());
        yield isOf(ack, chosen) ? accept(ack, chosen, requesting.requestedAt(), now) : DhcpDrop.OTHER_SERVER;
      }
      case DhcpState.Renewing renewing -> {
        Ipv4Address server = renewing.held().lease().server();
        yield isOf(ack, server) ? accept(ack, server, renewing.requestedAt(), now) : DhcpDrop.OTHER_SERVER;
      }
      case DhcpState.Rebooting rebooting -> HeldLease.isHost(serverOf(ack))
          ? accept(ack, serverOf(ack), rebooting.requestedAt(), now)
          : DhcpDrop.OTHER_SERVER;
      case DhcpState.Rebinding rebinding -> HeldLease.isHost(serverOf(ack))
          ? accept(ack, serverOf(ack), rebinding.requestedAt(), now)
          : DhcpDrop.OTHER_SERVER;
      case DhcpState.Informing informing -> {
        IpPrefix own = configured == null ? new IpPrefix(informing.address(), 32) : configured;
        become(new DhcpState.Informed(new DhcpLease(own, serverOf(ack), DhcpLease.UNLIMITED, ack.options())));
        yield null;
      }
      default -> DhcpDrop.UNEXPECTED;
    };
  }

  /** Returns whether {@code message} comes from {@code server}, or names no server. */
  private static boolean isOf(DhcpMessage message, Ipv4Address server) {
    return message.server() == null || server.equals(message.server());
  }

  private @Nullable DhcpDrop accept(DhcpMessage ack, Ipv4Address server, long requestedAt, long now) {
    HeldLease next = HeldLease.of(ack, server, requestedAt, random);
    if (next == null || next.expiresAt() <= now) {
      return DhcpDrop.BAD_LEASE;
    }
    HeldLease held = state.held();
    verifies = false;
    if (held != null && held.lease().address().equals(next.lease().address())) {
      bind(next, now);
      return null;
    }
    if (held != null) {
      // RFC 2131 4.4.5: the former address must not be used any more.
      actions.drop(held.lease());
      cause = Cause.CHANGED;
    }
    state = new DhcpState.Checking(next);
    if (settings.checksAddress()) {
      become(state);
      actions.check(next.address());
    } else {
      bind(next, now);
    }
    return null;
  }

  private void bind(HeldLease next, long now) {
    if (!actions.adopt(next.lease(), next.expiresAt())) {
      decline(next, now);
      return;
    }
    wanted = next.address();
    refusals = 0;
    conflicts = 0;
    become(new DhcpState.Bound(next));
    cause = Cause.NONE;
    detail = null;
  }

  /**
   * Reports the result of {@link DhcpActions#check}; has no effect if the client does not wait for it.
   *
   * @param isFree false if another station uses the address
   */
  public void onChecked(Ipv4Address address, boolean isFree, long now) {
    if (state instanceof DhcpState.Checking(HeldLease candidate) && candidate.address().equals(address)) {
      if (!isFree) {
        decline(candidate, now);
      } else if (candidate.expiresAt() <= now) {
        restart(Cause.EXPIRED, 0, now);
      } else {
        bind(candidate, now);
      }
    }
  }

  /**
   * Another station uses the address of the lease, and the host does not defend it: declines the lease, and begins again
   * (RFC 5227 section 2.4). Has no effect if the client has no lease of {@code address}.
   */
  public void onConflict(Ipv4Address address, long now) {
    HeldLease held = state.held();
    if (held != null && held.address().equals(address)) {
      actions.drop(held.lease());
      decline(held, now);
    }
  }

  private void decline(HeldLease refused, long now) {
    broadcast(requests.decline(random.nextInt(), refused));
    wanted = null;
    conflicts++;
    restart(Cause.CONFLICT, conflicts < MANY_CONFLICTS ? AFTER_CONFLICT : AFTER_MANY_CONFLICTS, now);
  }

  private @Nullable DhcpDrop onNak(DhcpMessage nak, long now) {
    Ipv4Address server = nak.server();
    boolean fromServer = switch (state) {
      case DhcpState.Requesting requesting -> serverOf(requesting.offer()).equals(server);
      case DhcpState.Renewing renewing -> renewing.held().lease().server().equals(server);
      case DhcpState.Rebooting rebooting -> server != null;
      case DhcpState.Rebinding rebinding -> server != null;
      default -> false;
    };
    if (state instanceof DhcpState.Selecting || state instanceof DhcpState.Informing) {
      return DhcpDrop.UNEXPECTED;
    }
    if (!fromServer) {
      return DhcpDrop.OTHER_SERVER;
    }
    HeldLease held = state.held();
    if (held != null) {
      actions.drop(held.lease());
    }
    wanted = null;
    verifies = false;
    detail = nak.options().text(DhcpOptions.MESSAGE);
    // A server that refuses what it has offered is not asked without a pause.
    long wait = refusals == 0 ? 0 : SECOND << Math.min(refusals, MOST_DOUBLINGS);
    refusals++;
    restart(Cause.REFUSED, wait, now);
    return null;
  }
}
