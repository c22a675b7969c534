package io.reactorstack.ndp;

import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.InterfaceSnapshot;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.neighbor.NdpSender;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.routing.AdvertisementSettings;
import io.reactorstack.wire.NdpMessage.RouterAdvertisement;
import io.reactorstack.wire.NdpOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The router advertisements that this host sends on one interface (RFC 4861 section 6.2), from the interface's link-local
 * address, while there is one and the link is up.
 */
final class RouterAdvertiser {

  private static final Logger LOG = Loggers.getLogger(RouterAdvertiser.class);

  /** RFC 4861 10: MAX_FINAL_RTR_ADVERTISEMENTS. */
  private static final int FINAL = 3;

  /** The number of advertisements that say that a value or an address is used no longer. */
  private static final int WITHDRAWALS = 3;

  /** The maximum number of logged conflicts with other routers. */
  private static final int MOST_LOGGED = 64;

  /** The length of the prefixes from which hosts form addresses (RFC 2464 section 4). */
  private static final int PREFIX_LENGTH = 64;

  private final NdpHost ndp;
  private final NetworkInterface networkInterface;
  private final NdpSender sender;
  private final AdvertisementTimes times;
  private final Set<String> logged = new HashSet<>();
  /** The settings; {@code null} if the interface is not an advertising one. */
  private @Nullable AdvertisementSettings settings;
  /** The advertisement with all its options; {@code null} before the first one is due, and after the last one. */
  private @Nullable RouterAdvertisement content;
  private @Nullable Ipv6Address source;
  private List<NdpOption> withdrawn = List.of();
  private int withdrawals;
  /** An address from which the interface has advertised before, and the number of messages left that say so. */
  private @Nullable Ipv6Address formerSource;
  private int farewells;
  /** The number of final advertisements that are still to be sent. */
  private int last;
  /** Whether hosts may have received an advertisement. */
  private boolean sent;
  private boolean up;

  /** Creates the advertiser of one interface, which does not advertise yet. */
  RouterAdvertiser(NdpHost ndp, NetworkInterface networkInterface, NdpSender sender) {
    this.ndp = ndp;
    this.networkInterface = networkInterface;
    this.sender = sender;
    this.times = new AdvertisementTimes(ndp.turn(), ndp.random(), this::send);
  }

  /** Returns whether the interface is an advertising one (RFC 4861 section 6.2.2). */
  boolean isAdvertising() {
    return settings != null;
  }

  /** The settings; {@code null} if the interface is not an advertising one. */
  @Nullable
  AdvertisementSettings settings() {
    return settings;
  }

  // ---- start and end

  /**
   * Makes the interface an advertising one, or changes what it advertises.
   *
   * @throws IllegalArgumentException if the MTU to be advertised is above that of the interface
   */
  void advertise(AdvertisementSettings wanted) {
    if (wanted.link().mtu() > networkInterface.mtu()) {
      throw new IllegalArgumentException("linkMtu " + wanted.link().mtu() + " is above the MTU of the interface "
          + networkInterface.name() + ", " + networkInterface.mtu());
    }
    settings = wanted;
    last = 0;
    times.stop();
    update(true);
  }

  /** Ends the advertisements; a few last ones tell hosts to use other routers (RFC 4861 section 6.2.5). */
  void stop() {
    settings = null;
    if (sent && up) {
      last = FINAL;
      times.beginLast();
    } else {
      close();
    }
  }

  /** Sends the last advertisement at once, because the host ends. */
  void leave() {
    if (sent && up && source != null && content != null) {
      send(source, AdvertisementContent.last(content));
    }
    close();
  }

  /** Ends without a further message. */
  void close() {
    settings = null;
    content = null;
    source = null;
    withdrawn = List.of();
    farewells = 0;
    last = 0;
    sent = false;
    times.stop();
  }

  // ---- changes

  /** Handles a change of the carrier. Hosts of a link that has come up get the first advertisements quickly. */
  void onCarrier(boolean now) {
    up = now;
    if (settings != null) {
      times.stop();
      update(true);
    } else if (!now) {
      close();
    }
  }

  /** Handles a change of the interface's addresses, or of the forwarding of the host. */
  void onChange() {
    update(false);
  }

  /**
   * Builds the content anew. RFC 4861 6.2.4: changed information is advertised quickly, as the first one was.
   *
   * @param begins whether to begin even if nothing has changed
   */
  private void update(boolean begins) {
    AdvertisementSettings wanted = settings;
    if (wanted == null) {
      return;
    }
    Ipv6Address former = source;
    RouterAdvertisement before = content;
    Ipv6Address own = NdpLink.linkLocal(networkInterface);
    if (former != null && before != null && !former.equals(own) && sent && up) {
      formerSource = former;
      farewells = WITHDRAWALS;
      leaveFormerSource();
    }
    RouterAdvertisement next = AdvertisementContent.of(wanted, ndp.forwards(), sender.mac(), ownPrefixes());
    if (before != null && sent) {
      withdraw(before, next);
    }
    source = own;
    content = next;
    if (own == null || !up) {
      times.stop();
    } else if (begins || !next.equals(before) || !own.equals(former)) {
      times.begin(wanted.intervals());
    }
  }

  /** RFC 4861 6.2.8: hosts shall no longer send to the former address. */
  private void leaveFormerSource() {
    Ipv6Address former = formerSource;
    RouterAdvertisement message = content;
    if (farewells > 0 && former != null && message != null) {
      farewells--;
      send(former, AdvertisementContent.last(message));
    }
  }

  private void withdraw(RouterAdvertisement before, RouterAdvertisement next) {
    List<NdpOption> ended = AdvertisementContent.withdrawn(before.options(), next.options());
    List<NdpOption> earlier = AdvertisementContent.withdrawn(withdrawn, next.options());
    if (!ended.isEmpty()) {
      withdrawals = WITHDRAWALS;
    }
    withdrawn = new ArrayList<>(earlier);
    withdrawn.addAll(ended);
  }

  private List<IpPrefix> ownPrefixes() {
    return networkInterface.addresses().stream()
        .filter(own -> own.isAssigned() && own.origin() != InterfaceAddress.Origin.ROUTER && !own.address().isV4()
            && !own.address().isLinkLocal() && own.prefix().length() == PREFIX_LENGTH)
        .map(own -> own.prefix().network()).distinct().toList();
  }

  // ---- messages

  private void send() {
    Ipv6Address own = source;
    RouterAdvertisement message = content;
    if (own == null || message == null) {
      return;
    }
    if (last > 0) {
      send(own, AdvertisementContent.last(message));
      last--;
      if (last == 0) {
        close();
      }
      return;
    }
    leaveFormerSource();
    send(own, AdvertisementContent.plus(message, withdrawn));
    sent = true;
    if (withdrawals > 0) {
      withdrawals--;
      if (withdrawals == 0) {
        withdrawn = List.of();
      }
    }
  }

  private void send(Ipv6Address own, RouterAdvertisement message) {
    for (RouterAdvertisement part : AdvertisementContent.parts(
        message, networkInterface.mtuTo(InterfaceSnapshot.ALL_NODES))) {
      sender.multicast(own, InterfaceSnapshot.ALL_NODES, part);
    }
  }

  /** A host solicits an advertisement; the answer goes to all nodes. */
  void onSolicitation() {
    times.onSolicitation();
  }

  /**
   * Compares the advertisement of another router of the link with the own one (RFC 4861 section 6.2.7); counts a conflict,
   * and logs it once for each router.
   */
  void compare(Ipv6Address router, RouterAdvertisement message) {
    RouterAdvertisement own = content;
    String conflict = own == null ? null : AdvertisementConsistency.conflict(own, message);
    if (conflict == null) {
      return;
    }
    ndp.notices().accept(NdpDrop.INCONSISTENT_ADVERTISEMENT);
    if (logged.size() < MOST_LOGGED && logged.add(router + " " + conflict)) {
      LOG.warn("the router {} on the link of {} contradicts the advertisements of this host: {}", router,
          networkInterface.name(), conflict);
    }
  }
}
