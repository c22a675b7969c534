package io.reactorstack.lab;

import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.DhcpAddresses;
import io.reactorstack.wire.DhcpMessage;
import io.reactorstack.wire.DhcpOptions;
import io.reactorstack.wire.DhcpType;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The addresses of a {@link DhcpServer}, and its answers to clients (RFC 2131 section 4.3). */
final class DhcpLeases {

  /** The time for which an offered address is kept for its client. */
  private static final long OFFERED = Duration.ofMinutes(1).toNanos();
  /** The time for which an address that a client has declined is not assigned. */
  private static final long DECLINED = Duration.ofMinutes(10).toNanos();
  private static final String NOBODY = "declined";

  /**
   * The holder of an address.
   *
   * @param client its identifier, or {@link #NOBODY}
   * @param mac its link address
   * @param isLease false for an offer
   * @param until the end of its right
   */
  private record Holder(String client, MacAddress mac, boolean isLease, long until) {

    LeaseEntry entry(Ipv4Address address, long now) {
      String state = until <= now ? "expired" : client.equals(NOBODY) ? NOBODY : isLease ? "leased" : "offered";
      return new LeaseEntry(address, mac, state, Duration.ofNanos(Math.max(0, until - now)));
    }
  }

  private final Ipv4Address server;
  private final IpPrefix network;
  private final Ipv4Address first;
  private final Ipv4Address last;
  private final long leaseNanos;
  private final DhcpOptions parameters;
  private final DhcpOptions leaseOptions;
  private final Map<Ipv4Address, Holder> holders = new LinkedHashMap<>();

  /** @param own the address of the server with the length of its network's prefix */
  DhcpLeases(IpPrefix own, Ipv4Address first, Ipv4Address last, Duration leaseTime, DhcpOptions options) {
    this.server = (Ipv4Address) own.address();
    this.network = own;
    this.first = first;
    this.last = last;
    this.leaseNanos = leaseTime.toNanos();
    this.parameters = options.withAddress(DhcpOptions.SERVER_ID, server)
        .withAddress(DhcpOptions.SUBNET_MASK, new Ipv4Address(Ipv4Address.mask(own.length())));
    this.leaseOptions = parameters.withNumber(DhcpOptions.LEASE_TIME, leaseTime.toSeconds(), 4);
  }

  /** Returns the answer to a client's message, or {@code null} if there is none. */
  @Nullable
  DhcpMessage answer(DhcpMessage message, long now) {
    String client = client(message);
    return switch (message.type()) {
      case DISCOVER -> offer(message, client, now);
      case REQUEST -> confirm(message, client, now);
      case DECLINE -> {
        Ipv4Address declined = message.options().address(DhcpOptions.REQUESTED_ADDRESS);
        if (declined != null && server.equals(message.server()) && isFree(declined, client, now)) {
          holders.put(declined, new Holder(NOBODY, message.chaddr(), false, now + DECLINED));
        }
        yield null;
      }
      case RELEASE -> {
        holders.computeIfPresent(
            message.addresses().ciaddr(), (address, holder) -> holder.client().equals(client) ? null : holder);
        yield null;
      }
      case INFORM -> reply(message, DhcpType.ACK, Ipv4Address.UNSPECIFIED, parameters);
      case OFFER, ACK, NAK -> null;
    };
  }

  /** Returns the addresses that have or had a holder, in their order. */
  List<LeaseEntry> entries(long now) {
    return holders.entrySet().stream().sorted(Map.Entry.comparingByKey())
        .map(each -> each.getValue().entry(each.getKey(), now)).toList();
  }

  private static String client(DhcpMessage message) {
    byte[] id = message.options().get(DhcpOptions.CLIENT_ID);
    return id == null ? message.chaddr().toString() : HexFormat.of().formatHex(id);
  }

  private @Nullable DhcpMessage offer(DhcpMessage message, String client, long now) {
    Ipv4Address address = choose(message.options().address(DhcpOptions.REQUESTED_ADDRESS), client, now);
    if (address == null) {
      return null;
    }
    Holder before = holders.get(address);
    Holder leased = before != null && before.client().equals(client) && before.isLease() && before.until() > now
        ? before
        : null;
    long until = leased == null ? now + OFFERED : Math.max(now + OFFERED, leased.until());
    holders.put(address, new Holder(client, message.chaddr(), leased != null, until));
    return reply(message, DhcpType.OFFER, address, leaseOptions);
  }

  /** RFC 2131 4.3.1: the client's own address, the one that it asks for, or any free one. */
  private @Nullable Ipv4Address choose(@Nullable Ipv4Address wanted, String client, long now) {
    for (Map.Entry<Ipv4Address, Holder> each : holders.entrySet()) {
      if (each.getValue().client().equals(client)) {
        return each.getKey();
      }
    }
    if (wanted != null && isFree(wanted, client, now)) {
      return wanted;
    }
    for (int bits = first.bits(); bits != last.bits() + 1; bits++) {
      Ipv4Address candidate = new Ipv4Address(bits);
      if (isFree(candidate, client, now)) {
        return candidate;
      }
    }
    return null;
  }

  private @Nullable DhcpMessage confirm(DhcpMessage message, String client, long now) {
    Ipv4Address chosen = message.server();
    if (chosen != null && !chosen.equals(server)) {
      // The client has selected another server.
      holders.values().removeIf(holder -> holder.client().equals(client));
      return null;
    }
    Ipv4Address requested = message.options().address(DhcpOptions.REQUESTED_ADDRESS);
    Ipv4Address address = requested == null ? message.addresses().ciaddr() : requested;
    if (!isFree(address, client, now)) {
      return reply(message, DhcpType.NAK, Ipv4Address.UNSPECIFIED,
          DhcpOptions.NONE.withAddress(DhcpOptions.SERVER_ID, server)
              .withText(DhcpOptions.MESSAGE, "address not available"));
    }
    holders.values().removeIf(holder -> holder.client().equals(client));
    holders.put(address, new Holder(client, message.chaddr(), true, now + leaseNanos));
    return reply(message, DhcpType.ACK, address, leaseOptions);
  }

  /** Returns whether the address is one of the pool, and {@code client} has it or may have it. */
  private boolean isFree(Ipv4Address address, String client, long now) {
    boolean inPool = Integer.compareUnsigned(address.bits(), first.bits()) >= 0
        && Integer.compareUnsigned(address.bits(), last.bits()) <= 0
        && network.contains(address) && !address.equals(server);
    Holder holder = holders.get(address);
    return inPool && (holder == null || holder.client().equals(client) || holder.until() <= now);
  }

  private static DhcpMessage reply(DhcpMessage to, DhcpType type, Ipv4Address yiaddr, DhcpOptions options) {
    byte[] id = to.options().get(DhcpOptions.CLIENT_ID);
    // RFC 6842: a reply repeats the client identifier.
    DhcpOptions all = id == null ? options : options.with(DhcpOptions.CLIENT_ID, id);
    return new DhcpMessage(type, 0, to.xid(), 0, to.broadcast(),
        new DhcpAddresses(to.addresses().ciaddr(), yiaddr, Ipv4Address.UNSPECIFIED, to.addresses().giaddr()),
        to.chaddr(), all);
  }
}
