package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The options of a DHCP message by code (RFC 2132); unknown ones are kept. The message type and the option overload
 * are not among them: {@link DhcpMessage} reads and writes them.
 *
 * <p>A value is the whole option, also if it was split into several parts (RFC 3396). A method that reads a value of a
 * certain form returns the same for a missing option and for one that does not have the form. Immutable.
 */
public final class DhcpOptions {

  /** The mask of the network (RFC 2132 section 3.3). */
  public static final int SUBNET_MASK = 1;
  /** The default routers, most preferred first (section 3.5). */
  public static final int ROUTERS = 3;
  /** The DNS servers, most preferred first (section 3.8). */
  public static final int DNS_SERVERS = 6;
  /** The client's host name (section 3.14). */
  public static final int HOST_NAME = 12;
  /** The domain of the client's host name (section 3.17). */
  public static final int DOMAIN_NAME = 15;
  /** Sizes to try in path MTU discovery, ascending (section 4.7). */
  public static final int MTU_PLATEAUS = 25;
  /** The MTU of the link (section 5.1). */
  public static final int INTERFACE_MTU = 26;
  /** Routes by classful network (section 5.8). */
  public static final int STATIC_ROUTES = 33;
  /** The time servers, most preferred first (section 8.3). */
  public static final int NTP_SERVERS = 42;
  /** The address that the client requests (section 9.1). */
  public static final int REQUESTED_ADDRESS = 50;
  /** The duration of the lease, in seconds (section 9.2). */
  public static final int LEASE_TIME = 51;
  /** The fields that contain further options (section 9.3). */
  static final int OVERLOAD = 52;
  /** The type of the message (section 9.6). */
  static final int MESSAGE_TYPE = 53;
  /** The address that identifies the server (section 9.7). */
  public static final int SERVER_ID = 54;
  /** The codes of the options that the client wants, most wanted first (section 9.8). */
  public static final int PARAMETER_LIST = 55;
  /** The reason of a server or client, in text (section 9.9). */
  public static final int MESSAGE = 56;
  /** The longest message that the client accepts, in octets with IP and UDP headers (section 9.10). */
  public static final int MAX_MESSAGE_SIZE = 57;
  /** The time T1 from the assignment until the client renews, in seconds (section 9.11). */
  public static final int RENEWAL_TIME = 58;
  /** The time T2 from the assignment until the client asks any server, in seconds (section 9.12). */
  public static final int REBINDING_TIME = 59;
  /** The vendor class of the client (section 9.13). */
  public static final int VENDOR_CLASS = 60;
  /** The identifier of the client (section 9.14). */
  public static final int CLIENT_ID = 61;
  /** The name of the boot server, also if the message has it in the field sname (section 9.4). */
  public static final int TFTP_SERVER = 66;
  /** The name of the boot file, also if the message has it in the field file (section 9.5). */
  public static final int BOOT_FILE = 67;
  /** The domains in which host names are looked up, in the compressed form of DNS (RFC 3397). */
  public static final int DOMAIN_SEARCH = 119;
  /** Routes by prefix; they replace those of {@link #ROUTERS} and {@link #STATIC_ROUTES} (RFC 3442). */
  public static final int CLASSLESS_ROUTES = 121;

  /** No options. */
  public static final DhcpOptions NONE = new DhcpOptions(new TreeMap<>());

  static final int PAD = 0;
  static final int END = 255;

  /** The longest value of all options together, in octets: a message must fit into a UDP datagram. */
  static final int MOST_OCTETS = 60_000;
  private static final int PART = 255;
  private static final int BITS = 32;
  private static final IpPrefix EVERYTHING = new IpPrefix(Ipv4Address.UNSPECIFIED, 0);

  private final TreeMap<Integer, byte[]> values;
  private final int length;

  private DhcpOptions(TreeMap<Integer, byte[]> values) {
    this.values = values;
    int octets = 0;
    for (byte[] value : values.values()) {
      octets += value.length + 2 * Math.max(1, (value.length + PART - 1) / PART);
    }
    this.length = octets;
    if (octets > MOST_OCTETS) {
      throw new IllegalArgumentException("options of " + octets + " octets do not fit into a datagram");
    }
  }

  /** Returns options with these values, which the caller does not use any more. */
  static DhcpOptions of(TreeMap<Integer, byte[]> values) {
    return new DhcpOptions(values);
  }

  // ---- changed copies

  /**
   * Returns a copy with this value of the option {@code code}.
   *
   * @throws IllegalArgumentException if the code is not 1 to 254, belongs to {@link DhcpMessage}, or the options get
   *     too long for a datagram
   */
  public DhcpOptions with(int code, byte... value) {
    if (code <= PAD || code >= END || code == OVERLOAD || code == MESSAGE_TYPE) {
      throw new IllegalArgumentException("option " + code + " cannot be set");
    }
    TreeMap<Integer, byte[]> more = new TreeMap<>(values);
    more.put(code, value.clone());
    return new DhcpOptions(more);
  }

  /** Returns a copy with {@code addresses} as the value of the option {@code code}. */
  public DhcpOptions withAddresses(int code, List<Ipv4Address> addresses) {
    ByteBuf bytes = Unpooled.buffer(Ipv4Address.LENGTH * addresses.size());
    addresses.forEach(address -> bytes.writeInt(address.bits()));
    return with(code, bytes.array());
  }

  /** Returns a copy with {@code address} as the value of the option {@code code}. */
  public DhcpOptions withAddress(int code, Ipv4Address address) {
    return withAddresses(code, List.of(address));
  }

  /**
   * Returns a copy with a number of {@code octets} octets as the value of the option {@code code}.
   *
   * @param octets 1 to 4
   */
  public DhcpOptions withNumber(int code, long number, int octets) {
    byte[] bytes = new byte[octets];
    for (int i = 0; i < octets; i++) {
      bytes[i] = (byte) (number >>> 8 * (octets - 1 - i));
    }
    return with(code, bytes);
  }

  /** Returns a copy with {@code text} in ASCII, without a final NUL (RFC 2132 section 2), as the option {@code code}. */
  public DhcpOptions withText(int code, String text) {
    return with(code, text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Returns a copy with {@code routes} as {@link #CLASSLESS_ROUTES}. */
  public DhcpOptions withRoutes(List<DhcpRoute> routes) {
    ByteBuf bytes = Unpooled.buffer();
    for (DhcpRoute route : routes) {
      bytes.writeByte(route.network().length());
      bytes.writeBytes(route.network().address().bytes(), 0, significantOctets(route.network().length()));
      bytes.writeInt(route.router().bits());
    }
    return with(CLASSLESS_ROUTES, Arrays.copyOf(bytes.array(), bytes.readableBytes()));
  }

  // ---- values

  /** Returns whether the option is present. */
  public boolean has(int code) {
    return values.containsKey(code);
  }

  /** Returns a copy of the value of the option {@code code}; {@code null} if it is missing. */
  public byte @Nullable [] get(int code) {
    byte[] value = values.get(code);
    return value == null ? null : value.clone();
  }

  /** Returns a value of one or more addresses, most preferred first; empty if the length is not a multiple of four. */
  public List<Ipv4Address> addresses(int code) {
    byte[] value = values.get(code);
    if (value == null || value.length % Ipv4Address.LENGTH != 0) {
      return List.of();
    }
    List<Ipv4Address> all = new ArrayList<>();
    ByteBuf bytes = Unpooled.wrappedBuffer(value);
    while (bytes.isReadable()) {
      all.add(new Ipv4Address(bytes.readInt()));
    }
    return List.copyOf(all);
  }

  /** Returns a value of exactly one address, or {@code null}. */
  public @Nullable Ipv4Address address(int code) {
    List<Ipv4Address> all = addresses(code);
    return all.size() == 1 ? all.getFirst() : null;
  }

  /** Returns a value that is an unsigned number of {@code octets} octets, 1 to 4, or -1. */
  public long number(int code, int octets) {
    byte[] value = values.get(code);
    if (value == null || value.length != octets) {
      return -1;
    }
    long number = 0;
    for (byte octet : value) {
      number = number << 8 | octet & 0xff;
    }
    return number;
  }

  /** Returns a value of one or more numbers of two octets; empty if the length is odd. */
  public List<Integer> shorts(int code) {
    byte[] value = values.get(code);
    if (value == null || value.length % 2 != 0) {
      return List.of();
    }
    List<Integer> all = new ArrayList<>();
    ByteBuf bytes = Unpooled.wrappedBuffer(value);
    while (bytes.isReadable()) {
      all.add(bytes.readUnsignedShort());
    }
    return List.copyOf(all);
  }

  /**
   * Returns a value in text, or {@code null} if it is missing or empty. Final NULs are removed (RFC 2132 section 2), and
   * other octets than printable ASCII are replaced by question marks.
   */
  public @Nullable String text(int code) {
    byte[] value = values.get(code);
    return value == null ? null : text(value);
  }

  static @Nullable String text(byte[] value) {
    int end = value.length;
    while (end > 0 && value[end - 1] == 0) {
      end--;
    }
    StringBuilder text = new StringBuilder(end);
    for (int i = 0; i < end; i++) {
      text.append(value[i] >= ' ' && value[i] < 0x7f ? (char) value[i] : '?');
    }
    return text.isEmpty() ? null : text.toString();
  }

  /** Returns the domains of {@link #DOMAIN_SEARCH}, in order; empty if it is missing or malformed. */
  public List<String> domainSearch() {
    byte[] value = values.get(DOMAIN_SEARCH);
    List<String> all = value == null ? null : DhcpDomainNames.parse(value);
    return all == null ? List.of() : all;
  }

  /**
   * Returns the length of the network's prefix that {@link #SUBNET_MASK} states; -1 if it is missing or its ones are not
   * contiguous.
   */
  public int prefixLength() {
    Ipv4Address mask = address(SUBNET_MASK);
    if (mask == null) {
      return -1;
    }
    int ones = Integer.bitCount(mask.bits());
    return Ipv4Address.mask(ones) == mask.bits() ? ones : -1;
  }

  /**
   * Returns the routes: those of {@link #CLASSLESS_ROUTES} if it is present and well formed (RFC 3442: the other two
   * options are then ignored), otherwise those of {@link #STATIC_ROUTES} and a default route for each of
   * {@link #ROUTERS}.
   */
  public List<DhcpRoute> routes() {
    List<DhcpRoute> classless = classlessRoutes();
    if (classless != null) {
      return classless;
    }
    List<DhcpRoute> all = new ArrayList<>();
    List<Ipv4Address> pairs = addresses(STATIC_ROUTES);
    // RFC 2132 5.8: pairs of a destination, which must not be the default route, and a router.
    for (int i = 0; pairs.size() % 2 == 0 && i < pairs.size(); i += 2) {
      if (!pairs.get(i).isUnspecified()) {
        all.add(new DhcpRoute(classful(pairs.get(i)), pairs.get(i + 1)));
      }
    }
    addresses(ROUTERS).forEach(router -> all.add(new DhcpRoute(EVERYTHING, router)));
    return List.copyOf(all);
  }

  private @Nullable List<DhcpRoute> classlessRoutes() {
    byte[] value = values.get(CLASSLESS_ROUTES);
    if (value == null) {
      return null;
    }
    List<DhcpRoute> all = new ArrayList<>();
    ByteBuf bytes = Unpooled.wrappedBuffer(value);
    while (bytes.isReadable()) {
      int prefix = bytes.readUnsignedByte();
      int octets = significantOctets(prefix);
      if (prefix > BITS || bytes.readableBytes() < octets + Ipv4Address.LENGTH) {
        return null;
      }
      int network = 0;
      for (int i = 0; i < octets; i++) {
        network |= bytes.readUnsignedByte() << BITS - 8 * (i + 1);
      }
      // RFC 3442: bits behind the prefix are ignored.
      all.add(new DhcpRoute(new IpPrefix(new Ipv4Address(network & Ipv4Address.mask(prefix)), prefix),
          new Ipv4Address(bytes.readInt())));
    }
    return all.isEmpty() ? null : List.copyOf(all);
  }

  private static int significantOctets(int prefix) {
    return (prefix + 7) / 8;
  }

  /** Returns the network of a destination of RFC 2132 5.8, which has no mask; an address with host bits is one host. */
  private static IpPrefix classful(Ipv4Address destination) {
    int first = destination.bits() >>> 24;
    int prefix = first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : BITS;
    boolean isNetwork = (destination.bits() & ~Ipv4Address.mask(prefix)) == 0;
    return new IpPrefix(destination, isNetwork ? prefix : BITS);
  }

  // ---- bytes

  /** The number of octets that {@link #write} writes. */
  int length() {
    return length;
  }

  /**
   * Writes the options in ascending order of their codes, so that the mask precedes the routers (RFC 2132 section 3.3).
   * An option of more than 255 octets is split (RFC 3396 section 5).
   */
  void write(ByteBuf bytes) {
    values.forEach((code, value) -> {
      int at = 0;
      do {
        int part = Math.min(PART, value.length - at);
        bytes.writeByte(code).writeByte(part).writeBytes(value, at, part);
        at += part;
      } while (at < value.length);
    });
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof DhcpOptions options && values.keySet().equals(options.values.keySet())
        && values.entrySet().stream()
            .allMatch(each -> Arrays.equals(each.getValue(), options.values.get(each.getKey())));
  }

  @Override
  public int hashCode() {
    int hash = 0;
    for (Map.Entry<Integer, byte[]> each : values.entrySet()) {
      hash = 31 * hash + each.getKey() + Arrays.hashCode(each.getValue());
    }
    return hash;
  }

  @Override
  public String toString() {
    return "options " + values.keySet();
  }
}
