package io.reactorstack.ndp;

import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.InterfaceSnapshot;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.Route;
import io.reactorstack.neighbor.NdpSender;
import io.reactorstack.neighbor.NeighborCache;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.NdpMessage;
import io.reactorstack.wire.NdpOption;
import java.io.IOException;
import java.net.SocketException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The IPv6 addresses of one Ethernet interface, whatever their origin: each is tested for a duplicate before it is used
 * (RFC 4862 section 5.4), and has its solicited-node group.
 */
final class TestedAddresses {

  private static final Logger LOG = Loggers.getLogger(TestedAddresses.class);

  private final NdpHost ndp;
  private final NetworkInterface networkInterface;
  private final NdpSender sender;
  private final NeighborCache neighbors;
  private final int solicitations;
  private final Map<Ipv6Address, DuplicateTest> tests = new LinkedHashMap<>();
  private boolean speaks;
  private boolean up;

  /**
   * Creates the set without an address.
   *
   * @param solicitations DupAddrDetectTransmits of RFC 4862
   */
  TestedAddresses(
      NdpHost ndp, NetworkInterface networkInterface, NdpSender sender, NeighborCache neighbors, int solicitations) {
    this.ndp = ndp;
    this.networkInterface = networkInterface;
    this.sender = sender;
    this.neighbors = neighbors;
    this.solicitations = solicitations;
  }

  /** Returns whether the interface has had an IPv6 address, or speaks without one. */
  boolean speaks() {
    return speaks;
  }

  /** Lets the interface receive the messages of routers, even without an address. */
  void speak() {
    if (!speaks) {
      speaks = true;
      networkInterface.join(InterfaceSnapshot.ALL_NODES);
    }
  }

  /** Returns whether addresses are tested at all. */
  boolean areTested() {
    return solicitations > 0;
  }

  /**
   * Adds an address, which is tentative until its test is passed.
   *
   * @param outcome notified when the address can be used, or will never be: with a {@link DuplicateAddressException} if
   *     another station has it
   * @throws IllegalArgumentException if the interface cannot have the address
   */
  void add(InterfaceAddress added, NdpLink.Outcome outcome) {
    Ipv6Address address = (Ipv6Address) added.address();
    // RFC 4862 5.4: until the test is passed, the address is neither a source nor a destination.
    ndp.host().network().addTentative(networkInterface.name(), added.in(InterfaceAddress.State.TENTATIVE));
    if (added.origin() != InterfaceAddress.Origin.ROUTER) {
      // RFC 5942 4: of the prefix of an address that a router has offered, only a flag says whether it is on the link.
      ndp.host().network().routes(routes -> routes.with(Route.onLink(added.prefix(), networkInterface.name())));
    }
    speak();
    // Frames to the group are accepted from now on; the report of the membership may follow later.
    networkInterface.join(address.solicitedNode());
    if (solicitations == 0) {
      joinSolicitedNode(address);
      assign(address, outcome);
      return;
    }
    var test = new DuplicateTest(
        ndp, address, solicitations, neighbors::ipv6RetransTimer, new Testing(added, outcome));
    tests.put(address, test);
    if (up) {
      test.start();
    }
  }

  private void assign(Ipv6Address address, NdpLink.Outcome outcome) {
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

  /** Returns the running test of {@code address}, or {@code null}. */
  @Nullable
  DuplicateTest test(Ipv6Address address) {
    return tests.get(address);
  }

  /** Ends the test of the address {@code removed}, and leaves its solicited-node group. */
  void onRemoved(Ipv6Address removed) {
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

  /** The tests begin when there is a carrier, and begin again when it is back. */
  void onCarrier(boolean now) {
    up = now;
    for (DuplicateTest test : List.copyOf(tests.values())) {
      if (now) {
        test.start();
      } else {
        test.pause();
      }
    }
  }

  /** Ends all tests because of {@code cause}. */
  void cancel(IOException cause) {
    List<DuplicateTest> ended = List.copyOf(tests.values());
    tests.clear();
    ended.forEach(test -> test.cancel(cause));
  }

  /** The actions during the test of one address. */
  private final class Testing implements DuplicateTest.Listener {

    private final Ipv6Address address;
    private final NdpLink.Outcome outcome;

    Testing(InterfaceAddress tested, NdpLink.Outcome outcome) {
      this.address = (Ipv6Address) tested.address();
      this.outcome = outcome;
    }

    @Override
    public void onBegin() {
      joinSolicitedNode(address);
    }

    @Override
    public void probe(NdpOption.Nonce nonce) {
      // RFC 4862 5.4.2, RFC 7527 4.1
      sender.multicast(Ipv6Address.UNSPECIFIED, address.solicitedNode(),
          new NdpMessage.NeighborSolicitation(address, List.of(nonce)));
    }

    @Override
    public void onUnique() {
      tests.remove(address);
      assign(address, outcome);
    }

    @Override
    public void onDuplicate() {
      String name = networkInterface.name();
      tests.remove(address);
      LOG.warn("another station on the link of {} uses {}; the address is not assigned", name, address);
      leave(address);
      ndp.host().network().refuse(name, address);
      outcome.onResult(new DuplicateAddressException(name, address));
    }

    @Override
    public void onCancelled(IOException cause) {
      outcome.onResult(cause);
    }
  }
}
