package io.reactorstack.nat.engine;

import io.reactorstack.nat.NatForwarding;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The port forwardings, and their mappings on the outside addresses that the translator has. */
final class Forwardings {

  private final MappingTable table;
  private final OutsidePool pool;
  private final Set<NatForwarding> all = new LinkedHashSet<>();

  Forwardings(MappingTable table, OutsidePool pool) {
    this.table = table;
    this.pool = pool;
  }

  /** Adds a forwarding; returns false if one of its outside endpoints has another mapping. */
  boolean add(NatForwarding forwarding) {
    for (NatForwarding each : all) {
      if (collide(each, forwarding)) {
        return false;
      }
    }
    for (OutsideAddress outside : addresses(forwarding)) {
      if (table.ofOutside(forwarding.protocol(), outside.address(), forwarding.outside().port()) != null) {
        return false;
      }
    }
    all.add(forwarding);
    install(forwarding);
    return true;
  }

  private static boolean collide(NatForwarding one, NatForwarding other) {
    IpAddress address = one.outside().address();
    return one.protocol() == other.protocol() && one.outside().port() == other.outside().port()
        && (address.isUnspecified() || other.outside().address().isUnspecified()
            || address.equals(other.outside().address()));
  }

  /** Returns the present outside addresses of a forwarding. */
  private List<OutsideAddress> addresses(NatForwarding forwarding) {
    IpAddress wanted = forwarding.outside().address();
    return pool.all().stream().filter(each -> wanted.isUnspecified() || each.address().equals(wanted)).toList();
  }

  private void install(NatForwarding forwarding) {
    Ipv4Address inside = (Ipv4Address) forwarding.inside().address();
    for (OutsideAddress outside : addresses(forwarding)) {
      table.forward(forwarding.protocol(), outside, forwarding.outside().port(), inside, forwarding.inside().port());
    }
  }

  /** Creates the mappings on addresses that were added. */
  void install() {
    all.forEach(this::install);
  }

  boolean remove(NatForwarding forwarding, long now) {
    if (!all.remove(forwarding)) {
      return false;
    }
    for (OutsideAddress outside : addresses(forwarding)) {
      Mapping mapping = table.ofOutside(forwarding.protocol(), outside.address(), forwarding.outside().port());
      if (mapping != null) {
        table.remove(mapping, now);
      }
    }
    return true;
  }

  void clear() {
    all.clear();
  }
}
