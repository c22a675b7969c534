package io.reactorstack.dhcp.engine;

import io.reactorstack.dhcp.DhcpClientId;
import io.reactorstack.dhcp.DhcpSettings;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.DhcpAddresses;
import io.reactorstack.wire.DhcpMessage;
import io.reactorstack.wire.DhcpOptions;
import io.reactorstack.wire.DhcpType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The messages of one client, with the fields and options of RFC 2131 tables 4 and 5. */
final class DhcpRequests {

  private static final int LEAST_SIZE = 576;
  private static final int MOST_SIZE = 1500;

  private final DhcpSettings settings;
  private final MacAddress mac;
  /** The client identifier alone, which every message has. */
  private final DhcpOptions identified;
  /** The options of messages that ask for parameters. */
  private final DhcpOptions asking;

  /** Creates the messages of the client with the hardware address {@code mac} on a link of this MTU. */
  DhcpRequests(DhcpSettings settings, MacAddress mac, int mtu) {
    this.settings = settings;
    this.mac = mac;
    DhcpClientId given = settings.identity().clientId();
    DhcpClientId id = given == null ? DhcpClientId.ofLinkAddress(mac) : given;
    identified = DhcpOptions.NONE.with(DhcpOptions.CLIENT_ID, id.octets());
    DhcpOptions all = identified
        .withNumber(DhcpOptions.MAX_MESSAGE_SIZE, Math.clamp(mtu, LEAST_SIZE, MOST_SIZE), 2);
    asking = named(parameters(all, settings.parameters()), settings.identity());
  }

  private static DhcpOptions parameters(DhcpOptions options, List<Integer> codes) {
    byte[] list = new byte[codes.size()];
    for (int i = 0; i < list.length; i++) {
      list[i] = codes.get(i).byteValue();
    }
    return options.with(DhcpOptions.PARAMETER_LIST, list);
  }

  private static DhcpOptions named(DhcpOptions options, DhcpSettings.Identity identity) {
    DhcpOptions all = options;
    if (identity.hostName() != null) {
      all = all.withText(DhcpOptions.HOST_NAME, identity.hostName());
    }
    return identity.vendorClass() == null ? all : all.withText(DhcpOptions.VENDOR_CLASS, identity.vendorClass());
  }

  DhcpMessage discover(Exchange exchange, long now, @Nullable Ipv4Address wanted) {
    DhcpOptions options = wanted == null ? asking : asking.withAddress(DhcpOptions.REQUESTED_ADDRESS, wanted);
    return message(DhcpType.DISCOVER, exchange.xid(), exchange.secsAt(now), Ipv4Address.UNSPECIFIED, lasting(options));
  }

  /** DHCPREQUEST in SELECTING: the offered address and the server. */
  DhcpMessage select(Exchange exchange, DhcpMessage offer, Ipv4Address server) {
    DhcpOptions options = asking.withAddress(DhcpOptions.REQUESTED_ADDRESS, offer.addresses().yiaddr())
        .withAddress(DhcpOptions.SERVER_ID, server);
    return message(DhcpType.REQUEST, exchange.xid(), exchange.secs(), Ipv4Address.UNSPECIFIED, lasting(options));
  }

  /** DHCPREQUEST in INIT-REBOOT: the earlier address, and no server. */
  DhcpMessage verify(Exchange exchange, long now, Ipv4Address address) {
    DhcpOptions options = asking.withAddress(DhcpOptions.REQUESTED_ADDRESS, address);
    return message(DhcpType.REQUEST, exchange.xid(), exchange.secsAt(now), Ipv4Address.UNSPECIFIED, lasting(options));
  }

  /** DHCPREQUEST in RENEWING and REBINDING: the address is in ciaddr only. */
  DhcpMessage extend(Exchange exchange, long now, Ipv4Address own) {
    return message(DhcpType.REQUEST, exchange.xid(), exchange.secsAt(now), own, lasting(asking));
  }

  DhcpMessage decline(int xid, HeldLease refused) {
    return message(DhcpType.DECLINE, xid, 0, Ipv4Address.UNSPECIFIED, identified
        .withAddress(DhcpOptions.REQUESTED_ADDRESS, refused.address())
        .withAddress(DhcpOptions.SERVER_ID, refused.lease().server()));
  }

  DhcpMessage release(int xid, HeldLease given) {
    return message(DhcpType.RELEASE, xid, 0, given.address(),
        identified.withAddress(DhcpOptions.SERVER_ID, given.lease().server()));
  }

  /** DHCPINFORM: asks for parameters, but not for the times of a lease (RFC 2131 section 4.4.3). */
  DhcpMessage inform(Exchange exchange, long now, Ipv4Address own) {
    List<Integer> codes = settings.parameters().stream()
        .filter(code -> code != DhcpOptions.LEASE_TIME && code != DhcpOptions.RENEWAL_TIME
            && code != DhcpOptions.REBINDING_TIME)
        .toList();
    return message(DhcpType.INFORM, exchange.xid(), exchange.secsAt(now), own, parameters(asking, codes));
  }

  private DhcpOptions lasting(DhcpOptions options) {
    long seconds = settings.leaseTime().toSeconds();
    return seconds == 0 ? options : options.withNumber(DhcpOptions.LEASE_TIME, seconds, 4);
  }

  private DhcpMessage message(DhcpType type, int xid, int secs, Ipv4Address ciaddr, DhcpOptions options) {
    // RFC 2131 4.1: a client that has an address, or can receive unicast before it has one, clears the flag.
    boolean broadcast = settings.wantsBroadcast() && ciaddr.isUnspecified() && type != DhcpType.DECLINE;
    return new DhcpMessage(type, 0, xid, secs, broadcast, DhcpAddresses.ofClient(ciaddr), mac, options);
  }
}
