package io.reactorstack.dns.record;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The data of a record. Each kind is a value with the fields of its RFC; {@link #text} returns it in the form of zone
 * files (RFC 1035 section 5.1).
 */
public sealed interface RecordData {

  /** The largest value of a field of 16 bits. */
  int MAX_16 = 0xffff;

  /** Returns the data as zone files have it. */
  String text();

  /**
   * The data of an A or AAAA record (RFC 1035 section 3.4.1, RFC 3596).
   *
   * @param address an IPv4 address for A, an IPv6 address for AAAA
   */
  record Address(IpAddress address) implements RecordData {
    /** Checks that the address is given. */
    public Address {
      Checks.given("address", address);
    }

    @Override
    public String text() {
      return address.toString();
    }
  }

  /**
   * The data of a record that names another name: CNAME, NS, PTR or DNAME (RFC 1035 section 3.3, RFC 6672).
   *
   * @param target an absolute name without the trailing dot
   */
  record Target(String target) implements RecordData {
    /** Checks that the target is given. */
    public Target {
      Checks.text("target", target);
    }

    @Override
    public String text() {
      return absolute(target);
    }
  }

  /**
   * The data of an MX record (RFC 1035 section 3.3.9).
   *
   * @param preference 0 to 65535; hosts with lower values are tried first
   * @param exchange the mail server's name; {@code "."} if the domain accepts no mail (RFC 7505)
   */
  record Mx(int preference, String exchange) implements RecordData {
    /** Checks the ranges. */
    public Mx {
      Checks.range("preference", preference, 0, MAX_16, "");
      Checks.text("exchange", exchange);
    }

    @Override
    public String text() {
      return preference + " " + absolute(exchange);
    }
  }

  /**
   * The data of an SRV record (RFC 2782).
   *
   * @param priority 0 to 65535; hosts with lower values are tried first
   * @param weight 0 to 65535; the share of a host among those of its priority
   * @param port 0 to 65535
   * @param target the host's name; {@code "."} if the service does not exist at this domain
   */
  record Srv(int priority, int weight, int port, String target) implements RecordData {
    /** Checks the ranges. */
    public Srv {
      Checks.range("priority", priority, 0, MAX_16, "");
      Checks.range("weight", weight, 0, MAX_16, "");
      Checks.range("port", port, 0, MAX_16, "");
      Checks.text("target", target);
    }

    @Override
    public String text() {
      return priority + " " + weight + " " + port + " " + absolute(target);
    }
  }

  /**
   * The data of a TXT record (RFC 1035 section 3.3.14).
   *
   * @param strings at least one string of at most 255 octets; octets are read and written as UTF-8
   */
  record Txt(List<String> strings) implements RecordData {
    /** Copies the list and checks the length of the strings. */
    public Txt {
      strings = List.copyOf(Checks.given("strings", strings));
      Checks.range("number of strings", strings.size(), 1, MAX_16, "");
      for (String string : strings) {
        Checks.range("length of a string", string.getBytes(StandardCharsets.UTF_8).length, 0, 255, "octets");
      }
    }

    /** Returns the strings joined without a separator, as most users of TXT records define it (RFC 7208 section 3.3). */
    public String joined() {
      return String.join("", strings);
    }

    @Override
    public String text() {
      return strings.stream().map(RecordData::quoted).collect(Collectors.joining(" "));
    }
  }

  /**
   * The data of a CAA record (RFC 8659).
   *
   * @param flags 0 to 255; 128 marks a property that an issuer must understand
   * @param tag the property's name, such as {@code "issue"}
   * @param value the property's value
   */
  record Caa(int flags, String tag, String value) implements RecordData {
    /** Checks the ranges. */
    public Caa {
      Checks.range("flags", flags, 0, 255, "");
      Checks.text("tag", tag);
      Checks.given("value", value);
    }

    @Override
    public String text() {
      return flags + " " + tag + " " + quoted(value);
    }
  }

  /**
   * The data of an SVCB or HTTPS record (RFC 9460).
   *
   * @param priority 0 for an alias of the whole service, else 1 to 65535; endpoints with lower values are tried first
   * @param target the endpoint's name; {@code "."} stands for the owner of the record, or with priority 0 says that the
   *     service does not exist
   * @param parameters the endpoint's parameters; empty for an alias
   */
  record Svcb(int priority, String target, SvcParameters parameters) implements RecordData {
    /** Checks the ranges. */
    public Svcb {
      Checks.range("priority", priority, 0, MAX_16, "");
      Checks.text("target", target);
      Checks.given("parameters", parameters);
    }

    /** Returns whether the record makes the service an alias of another name (RFC 9460 section 2.4.2). */
    public boolean isAlias() {
      return priority == 0;
    }

    @Override
    public String text() {
      return priority + " " + absolute(target) + parameters.text();
    }
  }

  /**
   * The data of an SOA record (RFC 1035 section 3.3.13, RFC 2308 section 4).
   *
   * @param primary the name of the zone's primary server
   * @param mailbox the mail address of the zone's administrator, written as a name
   * @param serial the version of the zone, 0 to 2<sup>32</sup> - 1
   * @param refresh seconds between two checks of a secondary server
   * @param retry seconds until a failed check is repeated
   * @param expire seconds after which a secondary server stops to serve the zone
   * @param minimum the upper limit of the time for which negative answers are cached, in seconds
   */
  record Soa(String primary, String mailbox, long serial, long refresh, long retry, long expire, long minimum)
      implements
        RecordData {
    /** Checks that the names are given. */
    public Soa {
      Checks.text("primary", primary);
      Checks.text("mailbox", mailbox);
    }

    @Override
    public String text() {
      return absolute(primary) + " " + absolute(mailbox) + " " + serial + " " + refresh + " " + retry + " " + expire
          + " " + minimum;
    }
  }

  /** The data of a record of any other type, as octets (RFC 3597). */
  final class Other implements RecordData {

    private final byte[] octets;
    private final String text;

    private Other(byte[] octets, String text) {
      this.octets = octets;
      this.text = text;
    }

    /** Returns data with {@code octets}, at most 65535, in which names are not compressed. */
    public static Other of(byte[] octets) {
      Checks.range("length of the data", Checks.given("octets", octets).length, 0, MAX_16, "octets");
      // RFC 3597 section 5
      return new Other(octets.clone(),
          ("\\# " + octets.length + " " + HexFormat.of().withUpperCase().formatHex(octets)).strip());
    }

    /** Returns data with {@code octets} and its text in the form that is defined for its type. */
    public static Other of(byte[] octets, String text) {
      return new Other(Checks.given("octets", octets).clone(), Checks.given("text", text));
    }

    /** Returns a copy of the octets. */
    public byte[] octets() {
      return octets.clone();
    }

    @Override
    public String text() {
      return text;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Other o && Arrays.equals(octets, o.octets); // RFC 3597 section 6: compared bitwise
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(octets);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private static String absolute(String name) {
    return name.endsWith(".") && !name.endsWith("\\.") ? name : name + ".";
  }

  private static String quoted(String string) {
    StringBuilder text = new StringBuilder("\"");
    for (byte octet : string.getBytes(StandardCharsets.UTF_8)) {
      int c = octet & 0xff;
      if (c == '"' || c == '\\') {
        text.append('\\').append((char) c);
      } else if (c < ' ' || c > '~') {
        text.append("\\%03d".formatted(c));
      } else {
        text.append((char) c);
      }
    }
    return text.append('"').toString();
  }
}
