package io.reactorstack.ndp;

import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.InterfaceAddress.Origin;
import io.reactorstack.ip.host.InterfaceSnapshot;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.Route;
import io.reactorstack.layer.Timers;
import io.reactorstack.neighbor.ConflictListener;
import io.reactorstack.neighbor.NdpSender;
import io.reactorstack.neighbor.NeighborCache;
import io.reactorstack.neighbor.NeighborClaim;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.NdpMessage.NeighborAdvertisement;
import io.reactorstack.wire.NdpMessage.NeighborSolicitation;
import io.reactorstack.wire.NdpOption;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The IPv6 addresses of one Ethernet interface: tests each for a duplicate before it is used (RFC 4862 section 5.4),
 * forms the link-local address, and answers the solicitations of other stations (RFC 4861 section 7.2).
 */
// Public only for the packages that assemble the stack; users meet Ipv6Settings. The types used here are not exported
// from the module.
@SuppressWarnings("exports")
public final class NdpLink {

  /** Notified of the result for one address, once. */
  @FunctionalInterface
  public interface Outcome {

    /** The result for an address that nobody waits for. */
    Outcome UNWATCHED = failure -> {
      // The events of the interface report the result too.
    };

    /** The address can be used, or it will never be, because of {@code failure}. */
    void onResult(@Nullable IOException failure);
  }

  private static final Logger LOG = Loggers.getLogger(NdpLink.class);

  private static final Ipv6Address LINK_LOCAL = new Ipv6Address(0xfe80L << 48, 0);

  /** RFC 7217 6: IDGEN_RETRIES. */
  private static final int IDENTIFIER_RETRIES = 3;

  /** RFC 7217 6: IDGEN_DELAY. */
  private static final Duration IDENTIFIER_DELAY = Duration.ofSeconds(1);

  private final NdpHost ndp;
  private final NetworkInterface networkInterface;
  private final NdpSender sender;
  private final NeighborCache neighbors;
  private final ConflictListener conflicts;
  private final InterfaceIdentifiers identifiers;
  private final Timers.Timer retry;
  private final Map<Ipv6Address, DuplicateTest> tests = new LinkedHashMap<>();
  private boolean speaks;
  private boolean up;
  private int duplicates;

  NdpLink(
      NdpHost ndp,
      NetworkInterface networkInterface,
      NdpSender sender,
      NeighborCache neighbors,
      ConflictListener conflicts) {
    this.ndp = ndp;
    this.networkInterface = networkInterface;
    this.sender = sender;
    this.neighbors = neighbors;
    this.conflicts = conflicts;
    this.identifiers = new InterfaceIdentifiers(
        ndp.settings().identifiers(), ndp::secret, networkInterface.name(), sender.mac());
    this.retry = ndp.turn().timer(this::formLinkLocal);
  }

  // ---- addresses

  /**
   * Adds an address of the user and the route to its network. With the first address the interface begins to speak
   * IPv6, and forms a link-local address unless the user gives one.
   *
   * @param outcome notified when the address can be used, or is a duplicate
   * @throws IllegalArgumentException if the interface cannot have the address
   */
  public void add(IpPrefix address, Outcome outcome) {
    add(address, Origin.MANUAL, outcome);
  }

  /** Forms a link-local address if the interface speaks IPv6 and has none (RFC 4862 section 5.3). */
  public void formLinkLocal() {
    if (speaks && networkInterface.addresses().stream().noneMatch(
        own -> own.address() instanceof Ipv6Address v6 && v6.isLinkLocal())) {
      add(identifiers.in(LINK_LOCAL, duplicates), Origin.LINK_LOCAL, Outcome.UNWATCHED);
    }
  }

  private void add(IpPrefix prefix, Origin origin, Outcome outcome) {
    InterfaceAddress added = InterfaceAddress.permanent(prefix, origin);
    Ipv6Address address = (Ipv6Address) prefix.address();
    String name = networkInterface.name();
    int solicitations = ndp.settings().duplicateAddressDetection();
    // RFC 4862 5.4: until the test is passed, the address is neither a source nor a destination.
    ndp.host().network().addTentative(name, added.in(InterfaceAddress.State.TENTATIVE));
    ndp.host().network().routes(routes -> routes.with(Route.onLink(prefix, name)));
    if (!speaks) {
      speaks = true;
      networkInterface.join(InterfaceSnapshot.ALL_NODES);
    }
    // Frames to the group are accepted from now on; the report of the membership may follow later.
    networkInterface.join(address.solicitedNode());
    if (solicitations == 0) {
      joinSolicitedNode(address);
      assign(address, outcome);
      return;
    }
    var test = new DuplicateTest(ndp, address, solicitations, new Testing(prefix, origin, outcome));
    tests.put(address, test);
    if (up) {
      test.start();
    }
  }

  private void assign(Ipv6Address address, Outcome outcome) {
    // Removes the cache entry of a neighbour that had this address before.
    neighbors.forget(address::equals);
    ndp.host().network().assign(networkInterface.name(), address);
    outcome.onResult(null);
  }

  private void joinSolicitedNode(Ipv6Address address) {
    try {
      ndp.groups().join(address, networkInterface, address.solicitedNode());
    } catch (SocketException e) {
      LOG.error("the interface {} cannot report the solicited-node group of {}", networkInterface.name(), address, e);
    }
  }

  /** Ends the test of the address {@code removed}, and leaves its solicited-node group. */
  public void onRemoved(Ipv6Address removed) {
    DuplicateTest test = tests.remove(removed);
    if (test != null) {
      test.cancel(new IOException(removed + " was removed"));
    }
    leave(removed);
  }

  private void leave(Ipv6Address address) {
    ndp.groups().leave(address, networkInterface, address.solicitedNode());
    networkInterface.leave(address.solicitedNode());
  }

  /**
   * Handles a change of the carrier: the tests of addresses begin when there is one, and begin again when it is back.
   */
  public void onCarrier(boolean now) {
    up = now;
    for (DuplicateTest test : List.copyOf(tests.values())) {
      if (now) {
        test.start();
      } else {
        test.pause();
      }
    }
  }

  /**
   * Announces the address {@code own} to all stations of the link, so that they replace a stale link-layer address (RFC
   * 4861 section 7.2.6).
   */
  public void announce(Ipv6Address own) {
    if (networkInterface.owns(own)) {
      sender.multicast(own, InterfaceSnapshot.ALL_NODES, advertisement(own, false));
    }
  }

  void close() {
    IOException gone = new IOException("the interface " + networkInterface.name() + " is closed");
    List.copyOf(tests.values()).forEach(test -> test.cancel(gone));
    tests.clear();
    retry.cancel();
  }

  /** The actions during the test of one address. */
  private final class Testing implements DuplicateTest.Listener {

    private final IpPrefix prefix;
    private final Origin origin;
    private final Outcome outcome;

    Testing(IpPrefix prefix, Origin origin, Outcome outcome) {
      this.prefix = prefix;
      this.origin = origin;
      this.outcome = outcome;
    }

    private Ipv6Address address() {
      return (Ipv6Address) prefix.address();
    }

    @Override
    public void onBegin() {
      joinSolicitedNode(address());
    }

    @Override
    public void probe(NdpOption.Nonce nonce) {
      Ipv6Address address = address();
      // RFC 4862 5.4.2, RFC 7527 4.1
      sender.multicast(Ipv6Address.UNSPECIFIED, address.solicitedNode(),
          new NeighborSolicitation(address, List.of(nonce)));
    }

    @Override
    public void onUnique() {
      tests.remove(address());
      assign(address(), outcome);
    }

    @Override
    public void onDuplicate() {
      String name = networkInterface.name();
      tests.remove(address());
      LOG.warn("another station on the link of {} uses {}; the address is not assigned", name, prefix);
      leave(address());
      ndp.host().network().refuse(name, address());
      if (origin == Origin.LINK_LOCAL) {
        formAnother();
      }
      outcome.onResult(new IOException("another station on the link of " + name + " uses " + address()));
    }

    @Override
    public void onCancelled(IOException cause) {
      outcome.onResult(cause);
    }

    // RFC 7217 6: another identifier, after a random delay, and only a few times.
    private void formAnother() {
      if (identifiers.hasMore() && duplicates < IDENTIFIER_RETRIES) {
        duplicates++;
        long delay = (long) (ndp.random().nextDouble() * IDENTIFIER_DELAY.toNanos());
        retry.set(ndp.turn().now() + delay);
      }
    }
  }

  // ---- received messages

  /**
   * Handles a test for a duplicate by another station: a solicitation from the unspecified address.
   *
   * @return the reason to drop it, or {@code null}
   */
  @Nullable
  NdpDrop onProbe(NeighborSolicitation probe) {
    DuplicateTest test = tests.get(probe.target());
    if (test != null) {
      return test.onProbe(probe.option(NdpOption.Nonce.class)) ? null : NdpDrop.OWN_PROBE;
    }
    if (!networkInterface.owns(probe.target())) {
      return NdpDrop.NOT_OUR_TARGET;
    }
    // RFC 4861 7.2.4: the station has no address yet to which the answer could be sent.
    sender.multicast(probe.target(), InterfaceSnapshot.ALL_NODES, advertisement(probe.target(), false));
    return null;
  }

  /**
   * Answers the solicitation of the station {@code source}.
   *
   * @return the reason to drop it, or {@code null}
   */
  @Nullable
  NdpDrop onSolicitation(Ipv6Address source, NeighborSolicitation solicitation) {
    Ipv6Address own = solicitation.target();
    // RFC 4862 5.4.3: a solicitation for a tentative address is not answered; the sender only resolves it.
    if (!networkInterface.owns(own)) {
      return NdpDrop.NOT_OUR_TARGET;
    }
    MacAddress mac = solicitation.sourceLinkAddress();
    if (mac != null) {
      // RFC 4861 7.2.3
      neighbors.accept(new NeighborClaim(source, mac, NeighborClaim.Proof.NONE, true, true));
    }
    sender.unicast(neighbors.of(source), own, source, advertisement(own, true));
    return null;
  }

  /**
   * Handles the advertisement of another station.
   *
   * @return the reason to drop it, or {@code null}
   */
  @Nullable
  NdpDrop onAdvertisement(NeighborAdvertisement advertisement) {
    Ipv6Address target = advertisement.target();
    DuplicateTest test = tests.get(target);
    if (test != null) {
      // RFC 4862 5.4.4
      test.onAdvertisement();
      return null;
    }
    MacAddress mac = advertisement.targetLinkAddress();
    if (networkInterface.owns(target)) {
      if (mac != null && !mac.equals(sender.mac())) {
        ndp.turn().dirty(() -> conflicts.onConflict(target, mac));
      }
      return NdpDrop.ADDRESS_CONFLICT;
    }
    if (neighbors.state(target) == null) {
      return NdpDrop.UNKNOWN_NEIGHBOR;
    }
    NeighborClaim.Proof proof = advertisement.solicited()
        ? NeighborClaim.Proof.REACHABLE
        : NeighborClaim.Proof.NONE;
    neighbors.accept(new NeighborClaim(target, mac, proof, advertisement.override(), false));
    return null;
  }

  /** RFC 4861 7.2.4: a host's own unicast address, with its link-layer address, overrides. */
  private NeighborAdvertisement advertisement(Ipv6Address own, boolean solicited) {
    return new NeighborAdvertisement(
        own, false, solicited, true, List.of(new NdpOption.TargetLinkAddress(sender.mac())));
  }
}
