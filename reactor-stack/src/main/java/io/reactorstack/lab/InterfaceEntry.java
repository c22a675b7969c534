package io.reactorstack.lab;

import io.reactorstack.lab.report.Spans;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import java.time.Duration;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An interface of a host, with its addresses.
 *
 * @param name the name in the host's stack
 * @param isUp true if its medium carries packets
 * @param macAddress the link address; {@code null} for the loopback interface
 * @param mtu the longest packet that it carries, in bytes
 * @param addresses its addresses, most preferred first
 */
public record InterfaceEntry(
    String name, boolean isUp, @Nullable MacAddress macAddress, int mtu, List<Address> addresses) {

  /**
   * An address of an interface.
   *
   * @param prefix the address with the length of its network's prefix
   * @param state {@code tentative}, {@code preferred} or {@code deprecated} (RFC 4862 section 2)
   * @param origin the party that assigned it: {@code manual}, {@code link-local}, {@code router} or {@code dhcp}
   * @param isTemporary true if it is replaced from time to time (RFC 8981)
   * @param validFor the remaining lifetime; {@code null} if it has no end
   */
  public record Address(
      IpPrefix prefix, String state, String origin, boolean isTemporary, @Nullable Duration validFor) {

    /** Returns the address, and in parentheses its differences from a configured one in use. */
    @Override
    public String toString() {
      StringJoiner more = new StringJoiner(", ", " (", ")").setEmptyValue("");
      if (!state.equals("preferred")) {
        more.add(state);
      }
      if (!origin.equals("manual") && !prefix.address().isLinkLocal()) {
        more.add(origin);
      }
      if (isTemporary) {
        more.add("temporary");
      }
      if (validFor != null) {
        more.add("for " + Spans.text(validFor));
      }
      return prefix + more.toString();
    }
  }

  /** Copies the list. */
  public InterfaceEntry {
    addresses = List.copyOf(addresses);
  }

  static Table<InterfaceEntry> table(List<InterfaceEntry> rows) {
    return new Table<>("interfaces", InterfaceEntry.class, rows, List.of(
        Table.column("Name", InterfaceEntry::name), Table.column("State", entry -> entry.isUp ? "up" : "down"),
        Table.column("MAC address", entry -> entry.macAddress == null ? "-" : entry.macAddress),
        Table.column("MTU", InterfaceEntry::mtu), Table.column("Addresses", entry -> entry.addresses.stream()
            .map(Address::toString).collect(Collectors.joining(", ")))));
  }
}
