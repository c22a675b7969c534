package io.reactorstack.ndp;

import io.reactorstack.ip.event.Ipv6Status;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.InterfaceAddress.Origin;
import io.reactorstack.ip.host.InterfaceSnapshot;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Timers;
import io.reactorstack.neighbor.ConflictListener;
import io.reactorstack.neighbor.NdpSender;
import io.reactorstack.neighbor.NeighborCache;
import io.reactorstack.neighbor.NeighborClaim;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.routing.AdvertisementSettings;
import io.reactorstack.wire.NdpMessage;
import io.reactorstack.wire.NdpMessage.NeighborAdvertisement;
import io.reactorstack.wire.NdpMessage.NeighborSolicitation;
import io.reactorstack.wire.NdpOption;
import java.io.IOException;
import java.net.SocketException;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Neighbor discovery on one Ethernet interface: its IPv6 addresses, the answers to other stations (RFC 4861 section
 * 7.2), what it learns from the routers of its link (RFC 4861 section 6.3), and what it sends as a router itself (RFC 4861
 * sections 6.2 and 8.2).
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
  private final Ipv6Settings.Routers whenForwarding;
  private final Owner owner;
  private final InterfaceIdentifiers identifiers;
  private final TestedAddresses addresses;
  private final AutoAddresses autoAddresses;
  private final RouterDiscovery discovery;
  private final RouterAdvertiser advertiser;
  private final Announcements announcements;
  private final SubnetRouters subnetRouters;
  private final Timers.Timer retry;
  private boolean disabled;
  /** Whether the interface receives the messages to all routers. */
  private boolean inRouterGroup;
  private int duplicates;

  NdpLink(
      NdpHost ndp,
      NetworkInterface networkInterface,
      NdpSender sender,
      NeighborCache neighbors,
      Ipv6Settings settings,
      Ipv6Settings.Routers whenForwarding,
      Owner owner) {
    this.ndp = ndp;
    this.networkInterface = networkInterface;
    this.sender = sender;
    this.neighbors = neighbors;
    this.settings = settings;
    this.whenForwarding = whenForwarding;
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
        ndp, networkInterface, neighbors, accepted(), this::solicitRouters, autoAddresses);
    this.advertiser = new RouterAdvertiser(ndp, networkInterface, sender);
    this.announcements = new Announcements(ndp.turn(), neighbors::ipv6RetransTimer, this::sendAnnouncement);
    this.subnetRouters = new SubnetRouters(ndp, networkInterface, this::answerAnycast);
    this.retry = ndp.turn().timer(this::formLinkLocal);
  }

  /** The settings of what the interface accepts from routers now. */
  private Ipv6Settings.Routers accepted() {
    return ndp.forwards() ? whenForwarding : settings.routers();
  }

  private void onAutoAddressesChanged() {
    autoAddresses.onChanged();
    discovery.tell();
  }

  /** Returns whether the user has declared the interface to be configured by routers. */
  public boolean isAutomatic() {
    return settings.enabled() && accepted().discovery();
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
    joinRouters();
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
    advertiser.close();
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
    advertiser.onCarrier(now);
    if (addresses.speaks()) {
      if (now && hasLinkLocal()) {
        discovery.start(false);
      }
      discovery.tell();
    }
  }

  private boolean hasLinkLocal() {
    return linkLocal(networkInterface) != null;
  }

  /** Returns the link-local address of {@code networkInterface} that can be used, or {@code null}. */
  static @Nullable Ipv6Address linkLocal(NetworkInterface networkInterface) {
    for (InterfaceAddress own : networkInterface.addresses()) {
      if (own.isAssigned() && own.address() instanceof Ipv6Address v6 && v6.isLinkLocal()) {
        return v6;
      }
    }
    return null;
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

  // ---- the role of a router

  /**
   * Makes the interface send router advertisements, or changes what they contain (RFC 4861 section 6.2). It forms a
   * link-local address if it has none.
   *
   * @throws IllegalArgumentException if the MTU to be advertised is above that of the interface
   */
  public void advertise(AdvertisementSettings wanted) {
    advertiser.advertise(wanted);
    addresses.speak();
    formLinkLocal();
    joinRouters();
  }

  /** The settings of the router advertisements that the interface sends; {@code null} if it sends none. */
  public @Nullable AdvertisementSettings advertisement() {
    return advertiser.settings();
  }

  /** Ends the router advertisements of the interface; the last ones say so. */
  public void stopAdvertising() {
    advertiser.stop();
    joinRouters();
  }

  /** The host has become a router, or a host again (RFC 4861 section 6.2.5). */
  void onForwardingChanged() {
    joinRouters();
    subnetRouters.follow();
    discovery.accept(accepted());
    if (hasLinkLocal()) {
      discovery.start(false);
    }
    discovery.tell();
    advertiser.onChange();
    // RFC 4861 7.2.6: neighbours see the changed router flag without a solicitation.
    for (InterfaceAddress own : networkInterface.addresses()) {
      if (own.address() instanceof Ipv6Address address) {
        announce(address);
      }
    }
  }

  /** Handles a change of the addresses of the host. */
  void onNetworkChanged() {
    subnetRouters.follow();
    advertiser.onChange();
  }

  /** RFC 4291 2.8, RFC 4861 6.2.2: a router, and an interface that advertises, receives the messages to all routers. */
  private void joinRouters() {
    boolean wanted = (ndp.forwards() || advertiser.isAdvertising()) && (inRouterGroup || hasLinkLocal());
    if (wanted == inRouterGroup) {
      return;
    }
    inRouterGroup = wanted;
    if (!wanted) {
      ndp.groups().leave(this, networkInterface, ALL_ROUTERS);
      return;
    }
    try {
      ndp.groups().join(this, networkInterface, ALL_ROUTERS);
    } catch (SocketException e) {
      LOG.error("the interface {} cannot report the group of all routers", networkInterface.name(), e);
    }
  }

  /**
   * Informs the sender of {@code packet}, a station of the link, that {@code firstHop} is a better first hop for its
   * destination (RFC 4861 section 8.2).
   *
   * @param limit decides whether a message about the packet may be sent now
   */
  void redirect(InboundPacket packet, Ipv6Address firstHop, Predicate<? super InboundPacket> limit) {
    Ipv6Address own = linkLocal(networkInterface);
    if (own == null || !RedirectMessages.isPossible(packet, firstHop) || !limit.test(packet)) {
      return;
    }
    Ipv6Address source = (Ipv6Address) packet.source();
    sender.unicast(
        neighbors.of(source), own, source, RedirectMessages.message(packet, firstHop, neighbors.linkAddress(firstHop)));
  }

  /** Informs hosts that this router is there no longer, because the host ends. */
  void leave() {
    advertiser.leave();
  }

  void close() {
    advertiser.close();
    addresses.cancel(new IOException("the interface " + networkInterface.name() + " is closed"));
    autoAddresses.close();
    discovery.close();
    announcements.close();
    subnetRouters.close();
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
    boolean isAnycast = !networkInterface.owns(own) && subnetRouters.isMember(own);
    if (!isAnycast && !networkInterface.owns(own)) {
      return NdpDrop.NOT_OUR_TARGET;
    }
    MacAddress mac = solicitation.sourceLinkAddress();
    if (mac != null) {
      // RFC 4861 7.2.3
      neighbors.accept(new NeighborClaim(source, mac, NeighborClaim.Proof.NONE, true, true));
    }
    if (isAnycast) {
      return subnetRouters.onSolicitation(own, source);
    }
    sender.unicast(neighbors.of(source), own, source, advertisement(own, true));
    return null;
  }

  /** Sends {@code station} the link-layer address for a Subnet-Router anycast address of the link. */
  private void answerAnycast(Ipv6Address anycast, Ipv6Address station) {
    Ipv6Address own = linkLocal(networkInterface);
    if (own != null) {
      // RFC 4861 7.2.4: the advertisement for an anycast address does not override, so that the first answer counts.
      sender.unicast(neighbors.of(station), own, station, new NeighborAdvertisement(
          anycast, ndp.forwards(), true, false, List.of(new NdpOption.TargetLinkAddress(sender.mac()))));
    }
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
    boolean compares = advertiser.isAdvertising() && networkInterface.holding(source) == null;
    if (compares) {
      advertiser.compare(source, advertisement);
    }
    NdpDrop reason = discovery.onAdvertisement(source, advertisement);
    return compares && reason == NdpDrop.ROUTER_DISCOVERY_OFF ? null : reason;
  }

  /**
   * Handles the solicitation of an advertisement by the station {@code source}, which may be unspecified.
   *
   * @return the reason to drop it, or {@code null}
   */
  @Nullable
  NdpDrop onRouterSolicitation(Ipv6Address source, NdpMessage.RouterSolicitation solicitation) {
    if (!advertiser.isAdvertising()) {
      return NdpDrop.NOT_ADVERTISING;
    }
    if (!source.isUnspecified()) {
      // RFC 4861 6.2.6: the link-layer address is unconfirmed, and a station that solicits routers is a host.
      boolean wasRouter = neighbors.isRouter(source);
      neighbors.accept(new NeighborClaim(source, solicitation.sourceLinkAddress(), NeighborClaim.Proof.NONE, true, true,
          NeighborClaim.Role.HOST));
      if (wasRouter) {
        discovery.onRouterGone(source);
      }
    }
    advertiser.onSolicitation();
    return null;
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

  /** RFC 4861 7.2.4: a host's own unicast address, with its link-layer address, overrides. A router says that it is one. */
  private NeighborAdvertisement advertisement(Ipv6Address own, boolean solicited) {
    return new NeighborAdvertisement(
        own, ndp.forwards(), solicited, true, List.of(new NdpOption.TargetLinkAddress(sender.mac())));
  }
}
