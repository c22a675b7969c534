package io.reactorstack.ndp;

import io.reactorstack.ip.event.Ipv6Status;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.InterfaceAddress.Origin;
import io.reactorstack.ip.host.InterfaceSnapshot;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.layer.Timers;
import io.reactorstack.neighbor.ConflictListener;
import io.reactorstack.neighbor.NdpSender;
import io.reactorstack.neighbor.NeighborCache;
import io.reactorstack.neighbor.NeighborClaim;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.NdpMessage;
import io.reactorstack.wire.NdpMessage.NeighborAdvertisement;
import io.reactorstack.wire.NdpMessage.NeighborSolicitation;
import io.reactorstack.wire.NdpOption;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Neighbor discovery on one Ethernet interface: its IPv6 addresses, the answers to other stations (RFC 4861 section
 * 7.2), and what it learns from the routers of its link (RFC 4861 section 6.3).
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

  /** The parts of the host that an interface's neighbor discovery needs. */
  public interface Owner extends ConflictListener {

    /** Removes an address whose lifetime has ended: connections from it end. */
    void removeAddress(Ipv6Address address);
  }

  private static final Logger LOG = Loggers.getLogger(NdpLink.class);

  /** ff02::2, the group of all routers of a link (RFC 4291 section 2.7.1). */
  private static final Ipv6Address ALL_ROUTERS = new Ipv6Address(0xff02L << 48, 2);

  /** The prefix of link-local addresses. */
  static final Ipv6Address LINK_LOCAL = new Ipv6Address(0xfe80L << 48, 0);

  private final NdpHost ndp;
  private final NetworkInterface networkInterface;
  private final NdpSender sender;
  private final NeighborCache neighbors;
  private final Ipv6Settings settings;
  private final Owner owner;
  private final InterfaceIdentifiers identifiers;
  private final TestedAddresses addresses;
  private final AutoAddresses autoAddresses;
  private final RouterDiscovery discovery;
  private final Announcements announcements;
  private final Timers.Timer retry;
  private boolean disabled;
  private int duplicates;

  NdpLink(
      NdpHost ndp,
      NetworkInterface networkInterface,
      NdpSender sender,
      NeighborCache neighbors,
      Ipv6Settings settings,
      Owner owner) {
    this.ndp = ndp;
    this.networkInterface = networkInterface;
    this.sender = sender;
    this.neighbors = neighbors;
    this.settings = settings;
    this.owner = owner;
    this.identifiers = new InterfaceIdentifiers(
        settings.identifiers(), () -> ndp.secret(settings), networkInterface.name(), sender.mac());
    this.addresses = new TestedAddresses(
        ndp, networkInterface, sender, neighbors, settings.duplicateAddressDetection());
    var context = new FormedAddress.Context(ndp, networkInterface, addresses, owner, this::onAutoAddressesChanged);
    this.autoAddresses = new AutoAddresses(context, identifiers, settings.routers().temporaryAddresses()
        ? new TemporaryAddresses(context, settings.duplicateAddressDetection(), neighbors.ipv6RetransTimer())
        : null);
    this.discovery = new RouterDiscovery(
        ndp, networkInterface, neighbors, settings, this::solicitRouters, autoAddresses);
    this.announcements = new Announcements(ndp.turn(), neighbors::ipv6RetransTimer, this::sendAnnouncement);
    this.retry = ndp.turn().timer(this::formLinkLocal);
  }

  private void onAutoAddressesChanged() {
    autoAddresses.onChanged();
    discovery.tell();
  }

  /** Returns whether the user has declared the interface to be configured by routers. */
  public boolean isAutomatic() {
    return settings.enabled() && settings.routers().discovery();
  }

  /** The configuration by routers. */
  public Ipv6Status status() {
    return discovery.status();
  }

  /** Returns whether {@code address} was formed from a router's prefix. */
  public boolean forms(Ipv6Address address) {
    return autoAddresses.forms(address);
  }

  // ---- addresses

  /** Lets the interface speak IPv6 from the start if its settings say so, even without an address of the user. */
  public void begin() {
    if (settings.enabled()) {
      addresses.speak();
      formLinkLocal();
      discovery.tell();
    }
  }

  /**
   * Adds an address of the user and the route to its network. With the first address the interface begins to speak
   * IPv6, and forms a link-local address unless the user gives one.
   *
   * @param outcome notified when the address can be used, or is a duplicate
   * @throws IllegalArgumentException if the interface cannot have the address
   */
  public void add(IpPrefix address, Outcome outcome) {
    boolean isLinkLocal = ((Ipv6Address) address.address()).isLinkLocal();
    add(address, Origin.MANUAL, failure -> {
      outcome.onResult(
          failure instanceof DuplicateAddressException ? new IOException(failure.getMessage(), failure) : failure);
      if (isLinkLocal) {
        onLinkLocal(failure);
      }
    });
  }

  /** Forms a link-local address if the interface speaks IPv6 and has none (RFC 4862 section 5.3). */
  public void formLinkLocal() {
    if (addresses.speaks() && !disabled && networkInterface.addresses().stream().noneMatch(
        own -> own.address() instanceof Ipv6Address v6 && v6.isLinkLocal())) {
      add(identifiers.in(LINK_LOCAL, duplicates), Origin.LINK_LOCAL, this::onOwnLinkLocal);
    }
  }

  private void add(IpPrefix prefix, Origin origin, Outcome outcome) {
    if (disabled) {
      outcome.onResult(new IOException("the interface " + networkInterface.name()
          + " does not use IPv6, because another station has its link-local address"));
      return;
    }
    addresses.add(InterfaceAddress.permanent(prefix, origin), outcome);
  }

  private void onOwnLinkLocal(@Nullable IOException failure) {
    if (!(failure instanceof DuplicateAddressException)) {
      onLinkLocal(failure);
    } else if (!identifiers.hasMore()) {
      disable();
    } else if (duplicates < AutoAddresses.IDENTIFIER_RETRIES) {
      // RFC 7217 6: another identifier, after a random delay, and only a few times.
      duplicates++;
      retry.set(ndp.turn().now()
          + (long) (ndp.random().nextDouble() * FormedAddress.IDENTIFIER_DELAY.toNanos()));
    } else {
      LOG.error("interface {} has no link-local address: {}", networkInterface.name(), failure.getMessage());
      onLinkLocal(failure);
    }
  }

  /** The link-local address can be used, or there will be none: routers can be solicited now. */
  private void onLinkLocal(@Nullable IOException failure) {
    if (failure == null || failure instanceof DuplicateAddressException) {
      discovery.start(addresses.areTested());
    }
  }

  /**
   * RFC 4862 5.4.5: if another station has the address that was formed from the hardware address, that is probably a
   * duplicate too, and the interface must not be used.
   */
  private void disable() {
    LOG.error("interface {} does not use IPv6: another station has the link-local address of its MAC address {}",
        networkInterface.name(), sender.mac());
    disabled = true;
    for (InterfaceAddress own : networkInterface.addresses()) {
      if (own.address() instanceof Ipv6Address address) {
        owner.removeAddress(address);
      }
    }
    discovery.disable();
  }

  /** Ends the test of the address {@code removed}, and leaves its solicited-node group. */
  public void onRemoved(Ipv6Address removed) {
    addresses.onRemoved(removed);
    autoAddresses.onRemoved(removed);
  }

  /**
   * Handles a change of the carrier: the tests of addresses begin when there is one, and begin again when it is back.
   */
  public void onCarrier(boolean now) {
    if (now) {
      autoAddresses.onLinkUp();
    }
    discovery.onCarrier(now);
    addresses.onCarrier(now);
    if (addresses.speaks()) {
      if (now && hasLinkLocal()) {
        discovery.start(false);
      }
      discovery.tell();
    }
  }

  private boolean hasLinkLocal() {
    return networkInterface.addresses().stream()
        .anyMatch(own -> own.isAssigned() && own.address() instanceof Ipv6Address v6 && v6.isLinkLocal());
  }

  /**
   * Announces the address {@code own} to all stations of the link, so that they replace a stale link-layer address (RFC
   * 4861 section 7.2.6). Several addresses are announced one after the other.
   */
  public void announce(Ipv6Address own) {
    if (networkInterface.owns(own)) {
      announcements.add(own);
    }
  }

  private void sendAnnouncement(Ipv6Address own) {
    if (networkInterface.owns(own)) {
      sender.multicast(own, InterfaceSnapshot.ALL_NODES, advertisement(own, false));
    }
  }

  // RFC 4861 4.1, 6.3.7: from an address of the interface, which routers learn from the message, or from none.
  private void solicitRouters() {
    Ipv6Address source = Ipv6Address.UNSPECIFIED;
    for (InterfaceAddress own : networkInterface.addresses()) {
      if (own.isAssigned() && own.address() instanceof Ipv6Address address
          && (source.isUnspecified() || address.isLinkLocal() && !source.isLinkLocal())) {
        source = address;
      }
    }
    sender.multicast(source, ALL_ROUTERS, new NdpMessage.RouterSolicitation(source.isUnspecified()
        ? List.of()
        : List.of(new NdpOption.SourceLinkAddress(sender.mac()))));
  }

  void close() {
    addresses.cancel(new IOException("the interface " + networkInterface.name() + " is closed"));
    autoAddresses.close();
    discovery.close();
    announcements.close();
    retry.cancel();
  }

  // ---- received messages

  /**
   * Handles a test for a duplicate by another station: a solicitation from the unspecified address.
   *
   * @return the reason to drop it, or {@code null}
   */
  @Nullable
  NdpDrop onProbe(NeighborSolicitation probe) {
    DuplicateTest test = addresses.test(probe.target());
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
    DuplicateTest test = addresses.test(target);
    if (test != null) {
      // RFC 4862 5.4.4
      test.onAdvertisement();
      return null;
    }
    MacAddress mac = advertisement.targetLinkAddress();
    if (networkInterface.owns(target)) {
      if (mac != null && !mac.equals(sender.mac())) {
        ndp.turn().dirty(() -> owner.onConflict(target, mac));
      }
      return NdpDrop.ADDRESS_CONFLICT;
    }
    if (neighbors.state(target) == null) {
      return NdpDrop.UNKNOWN_NEIGHBOR;
    }
    NeighborClaim.Proof proof = advertisement.solicited()
        ? NeighborClaim.Proof.REACHABLE
        : NeighborClaim.Proof.NONE;
    boolean wasRouter = neighbors.isRouter(target);
    neighbors.accept(new NeighborClaim(target, mac, proof, advertisement.override(), false,
        advertisement.router() ? NeighborClaim.Role.ROUTER : NeighborClaim.Role.HOST));
    if (wasRouter && !advertisement.router()) {
      // RFC 4861 7.2.5, 7.3.3
      discovery.onRouterGone(target);
    }
    return null;
  }

  /**
   * Handles the advertisement of the router {@code source}.
   *
   * @return the reason to drop it, or {@code null}
   */
  @Nullable
  NdpDrop onRouterAdvertisement(Ipv6Address source, NdpMessage.RouterAdvertisement advertisement) {
    if (disabled) {
      return NdpDrop.INTERFACE_DISABLED;
    }
    if (!addresses.speaks()) {
      return NdpDrop.ROUTER_DISCOVERY_OFF;
    }
    return discovery.onAdvertisement(source, advertisement);
  }

  /**
   * Handles a redirect by the router {@code source}.
   *
   * @return the reason to drop it, or {@code null}
   */
  @Nullable
  NdpDrop onRedirect(Ipv6Address source, NdpMessage.Redirect redirect) {
    return disabled ? NdpDrop.INTERFACE_DISABLED : discovery.onRedirect(source, redirect);
  }

  /** RFC 4861 7.2.4: a host's own unicast address, with its link-layer address, overrides. */
  private NeighborAdvertisement advertisement(Ipv6Address own, boolean solicited) {
    return new NeighborAdvertisement(
        own, false, solicited, true, List.of(new NdpOption.TargetLinkAddress(sender.mac())));
  }
}
