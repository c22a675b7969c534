package io.reactorstack.dns.record;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.setting.Checks;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The parameters of a service's endpoint, in an SVCB or HTTPS record (RFC 9460 section 7). Immutable: each method that
 * sets a parameter returns a changed copy.
 */
public final class SvcParameters {

  /** No parameters. */
  public static final SvcParameters NONE = new SvcParameters(new TreeMap<>());

  private static final int MANDATORY = 0;
  private static final int ALPN = 1;
  private static final int NO_DEFAULT_ALPN = 2;
  private static final int PORT = 3;
  private static final int IPV4_HINT = 4;
  private static final int ECH = 5;
  private static final int IPV6_HINT = 6;

  private final TreeMap<Integer, byte[]> values;

  private SvcParameters(TreeMap<Integer, byte[]> values) {
    this.values = values;
  }

  /** Sets the parameter {@code key}, 0 to 65535, to {@code octets}, at most 65535, in the form of RFC 9460 section 2.2. */
  public SvcParameters with(int key, byte[] octets) {
    Checks.range("key", key, 0, 0xffff, "");
    Checks.range("length of the value", Checks.given("octets", octets).length, 0, 0xffff, "octets");
    TreeMap<Integer, byte[]> more = new TreeMap<>(values);
    more.put(key, octets.clone());
    return new SvcParameters(more);
  }

  /** Sets the keys without which the endpoint cannot be used (RFC 9460 section 8); at least one. */
  public SvcParameters withMandatory(Set<Integer> keys) {
    byte[] octets = new byte[2 * Checks.given("keys", keys).size()];
    int at = 0;
    for (int key : new TreeSet<>(keys)) {
      Checks.range("mandatory key", key, 1, 0xffff, "");
      octets[at++] = (byte) (key >> 8);
      octets[at++] = (byte) key;
    }
    return with(MANDATORY, octets);
  }

  /** Sets the application protocols of the endpoint, such as {@code h2}, at most 255 octets each. */
  public SvcParameters withAlpn(String... protocols) {
    List<byte[]> ids = new ArrayList<>();
    for (String protocol : Checks.all("protocols", protocols)) {
      byte[] id = protocol.getBytes(StandardCharsets.ISO_8859_1);
      Checks.range("length of a protocol", id.length, 1, 255, "octets");
      ids.add(new byte[] {(byte) id.length});
      ids.add(id);
    }
    return with(ALPN, concatenated(ids));
  }

  /** Sets the port of the endpoint, 0 to 65535. */
  public SvcParameters withPort(int port) {
    Checks.range("port", port, 0, 0xffff, "");
    return with(PORT, new byte[] {(byte) (port >> 8), (byte) port});
  }

  /** Sets addresses that a client may use until it has resolved the endpoint's name (RFC 9460 section 7.3). */
  public SvcParameters withHints(IpAddress... addresses) {
    List<IpAddress> all = Checks.all("addresses", addresses);
    List<byte[]> v4 = all.stream().filter(IpAddress::isV4).map(a -> a.toInetAddress().getAddress()).toList();
    List<byte[]> v6 = all.stream().filter(a -> !a.isV4()).map(a -> a.toInetAddress().getAddress()).toList();
    SvcParameters changed = v4.isEmpty() ? this : with(IPV4_HINT, concatenated(v4));
    return v6.isEmpty() ? changed : changed.with(IPV6_HINT, concatenated(v6));
  }

  /** The keys of the parameters that are set, in ascending order. */
  public Set<Integer> keys() {
    return new TreeSet<>(values.keySet());
  }

  /** The octets of the parameter {@code key}; empty if it is not set. */
  public Optional<byte[]> get(int key) {
    return Optional.ofNullable(values.get(key)).map(byte[]::clone);
  }

  /** The keys that a client must understand to use the endpoint (RFC 9460 section 8). */
  public Set<Integer> mandatory() {
    byte[] octets = values.getOrDefault(MANDATORY, new byte[0]);
    Set<Integer> keys = new TreeSet<>();
    for (int i = 0; i + 1 < octets.length; i += 2) {
      keys.add((octets[i] & 0xff) << 8 | octets[i + 1] & 0xff);
    }
    return keys;
  }

  /** The application protocols in the order of the record, without the default one (RFC 9460 section 7.1). */
  public List<String> alpn() {
    byte[] octets = values.getOrDefault(ALPN, new byte[0]);
    List<String> protocols = new ArrayList<>();
    for (int at = 0; at < octets.length; at += 1 + (octets[at] & 0xff)) {
      int length = Math.min(octets[at] & 0xff, octets.length - at - 1);
      protocols.add(new String(octets, at + 1, length, StandardCharsets.ISO_8859_1));
    }
    return protocols;
  }

  /** Returns whether the endpoint does not support the default protocol of its scheme. */
  public boolean noDefaultAlpn() {
    return values.containsKey(NO_DEFAULT_ALPN);
  }

  /** The port of the endpoint; empty if it is that of the service (RFC 9460 section 7.2). */
  public OptionalInt port() {
    byte[] octets = values.get(PORT);
    return octets == null || octets.length != 2
        ? OptionalInt.empty()
        : OptionalInt.of((octets[0] & 0xff) << 8 | octets[1] & 0xff);
  }

  /** The IPv4 addresses that a client may use until it has resolved the endpoint's name. */
  public List<Ipv4Address> ipv4Hints() {
    return addresses(IPV4_HINT, 4).stream().map(Ipv4Address.class::cast).toList();
  }

  /** The IPv6 addresses that a client may use until it has resolved the endpoint's name. */
  public List<Ipv6Address> ipv6Hints() {
    return addresses(IPV6_HINT, 16).stream().map(Ipv6Address.class::cast).toList();
  }

  /** The configurations of Encrypted ClientHello, as octets; empty if there are none. */
  public Optional<byte[]> ech() {
    return get(ECH);
  }

  private List<IpAddress> addresses(int key, int length) {
    byte[] octets = values.getOrDefault(key, new byte[0]);
    List<IpAddress> addresses = new ArrayList<>();
    for (int at = 0; at + length <= octets.length; at += length) {
      addresses.add(IpAddress.of(Arrays.copyOfRange(octets, at, at + length)));
    }
    return addresses;
  }

  /** Returns the parameters as zone files have them, each with a space before it. */
  String text() {
    StringBuilder text = new StringBuilder();
    values.forEach((key, value) -> text.append(' ').append(text(key, value)));
    return text.toString();
  }

  private String text(int key, byte[] value) {
    return switch (key) {
      case MANDATORY -> "mandatory=" + joined(mandatory(), SvcParameters::name);
      case ALPN -> "alpn=\"" + String.join(",", alpn().stream().map(SvcParameters::escaped).toList()) + '"';
      case NO_DEFAULT_ALPN -> name(key);
      case PORT -> "port=" + port().orElse(0);
      case IPV4_HINT -> "ipv4hint=" + joined(ipv4Hints(), Object::toString);
      case IPV6_HINT -> "ipv6hint=" + joined(ipv6Hints(), Object::toString);
      default -> "key" + key + (value.length == 0 ? "" : "=\"" + escaped(value) + '"');
    };
  }

  private static <T> String joined(Iterable<T> values, Function<? super T, String> text) {
    List<String> texts = new ArrayList<>();
    values.forEach(value -> texts.add(text.apply(value)));
    return String.join(",", texts);
  }

  private static String name(int key) {
    return switch (key) {
      case MANDATORY -> "mandatory";
      case ALPN -> "alpn";
      case NO_DEFAULT_ALPN -> "no-default-alpn";
      case PORT -> "port";
      case IPV4_HINT -> "ipv4hint";
      case ECH -> "ech";
      case IPV6_HINT -> "ipv6hint";
      default -> "key" + key;
    };
  }

  /** Escapes a protocol in a list whose items are separated by commas (RFC 9460 appendix A.1). */
  private static String escaped(String protocol) {
    return escaped(protocol.replace("\\", "\\\\").replace(",", "\\,").getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String escaped(byte[] octets) {
    StringBuilder text = new StringBuilder();
    for (byte octet : octets) {
      int c = octet & 0xff;
      if (c == '"' || c == '\\') {
        text.append('\\').append((char) c);
      } else if (c <= ' ' || c > '~') {
        text.append("\\%03d".formatted(c));
      } else {
        text.append((char) c);
      }
    }
    return text.toString();
  }

  private static byte[] concatenated(List<byte[]> parts) {
    byte[] all = new byte[parts.stream().mapToInt(part -> part.length).sum()];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SvcParameters o && text().equals(o.text());
  }

  @Override
  public int hashCode() {
    return text().hashCode();
  }

  /** Returns the parameters as zone files have them. */
  @Override
  public String toString() {
    return text().strip();
  }
}
