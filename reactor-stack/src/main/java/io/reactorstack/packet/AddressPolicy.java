package io.reactorstack.packet;

import io.reactorstack.setting.Checks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The policy table of address selection: the precedence and the label of each address (RFC 6724 section 2.1).
 *
 * <p>A destination with a higher precedence is tried first. A source is preferred for destinations with its own label.
 * Immutable.
 *
 * <pre>{@code
 * AddressPolicy.DEFAULT.with(IpPrefix.parse("10.0.0.0/8"), 45, 4)   // IPv4 in this site before IPv6
 * }</pre>
 */
public final class AddressPolicy {

  /**
   * One line of the table.
   *
   * @param prefix the addresses; an IPv4 prefix stands for its IPv4-mapped addresses
   * @param precedence the rank among destinations, 0 or more, higher first
   * @param label a number that is equal for sources and destinations that belong together, 0 or more
   */
  public record Entry(IpPrefix prefix, int precedence, int label) {

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is negative
     */
    public Entry {
      Checks.given("prefix", prefix);
      Checks.range("precedence", precedence, 0, Integer.MAX_VALUE, "(higher first)");
      Checks.range("label", label, 0, Integer.MAX_VALUE, "(any number)");
      prefix = mapped(prefix).network();
    }

    private static IpPrefix mapped(IpPrefix given) {
      return given.address() instanceof Ipv4Address v4 ? new IpPrefix(v4.toMapped(), given.length() + 96) : given;
    }
  }

  /** The table of RFC 6724 section 2.1. */
  public static final AddressPolicy DEFAULT = new AddressPolicy(List.of())
      .with(IpPrefix.parse("::1/128"), 50, 0)
      .with(IpPrefix.parse("::/0"), 40, 1)
      .with(IpPrefix.parse("0.0.0.0/0"), 35, 4)
      .with(IpPrefix.parse("2002::/16"), 30, 2)
      .with(IpPrefix.parse("2001::/32"), 5, 5)
      .with(IpPrefix.parse("fc00::/7"), 3, 13)
      .with(IpPrefix.parse("::/96"), 1, 3)
      .with(IpPrefix.parse("fec0::/10"), 1, 11)
      .with(IpPrefix.parse("3ffe::/16"), 1, 12);

  private final List<Entry> entries;

  private AddressPolicy(List<Entry> entries) {
    this.entries = entries;
  }

  /** Returns a table with these entries only; the last one of equal prefixes counts. */
  public static AddressPolicy of(Entry... entries) {
    AddressPolicy made = new AddressPolicy(List.of());
    for (Entry each : Checks.all("entries", entries)) {
      made = made.with(each.prefix(), each.precedence(), each.label());
    }
    return made;
  }

  /** Returns a copy with this entry, which replaces one of the same prefix. */
  public AddressPolicy with(IpPrefix prefix, int precedence, int label) {
    Entry added = new Entry(prefix, precedence, label);
    List<Entry> more = new ArrayList<>(entries);
    more.removeIf(each -> each.prefix().equals(added.prefix()));
    more.add(added);
    more.sort(Comparator.comparingInt((Entry each) -> -each.prefix().length()));
    return new AddressPolicy(List.copyOf(more));
  }

  /** The entries, those with the longest prefix first. */
  public List<Entry> entries() {
    return entries;
  }

  /** The precedence of {@code address}; 0 if no entry matches. */
  public int precedence(IpAddress address) {
    Entry entry = find(address);
    return entry == null ? 0 : entry.precedence();
  }

  /** The label of {@code address}; 0 if no entry matches. */
  public int label(IpAddress address) {
    Entry entry = find(address);
    return entry == null ? 0 : entry.label();
  }

  private @Nullable Entry find(IpAddress address) {
    IpAddress wanted = address instanceof Ipv4Address v4 ? v4.toMapped() : address;
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).prefix().contains(wanted)) {
        return entries.get(i);
      }
    }
    return null;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AddressPolicy policy && policy.entries.equals(entries);
  }

  @Override
  public int hashCode() {
    return entries.hashCode();
  }

  @Override
  public String toString() {
    return entries.toString();
  }
}
