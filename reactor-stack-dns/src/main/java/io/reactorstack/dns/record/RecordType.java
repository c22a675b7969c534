package io.reactorstack.dns.record;

import io.reactorstack.setting.Checks;
import org.xbill.DNS.Type;

/**
 * The type of a record, or of the records that a query asks for (RFC 1035 section 3.2.2, RFC 6895 section 3.1).
 *
 * <p>There are constants for the types that programs query most; {@link #of(int)} returns every other one.
 *
 * @param number the number in a message, 0 to 65535
 */
public record RecordType(int number) {

  /** An IPv4 address (RFC 1035 section 3.4.1). */
  public static final RecordType A = new RecordType(Type.A);
  /** A server of a zone (RFC 1035 section 3.3.11). */
  public static final RecordType NS = new RecordType(Type.NS);
  /** The name that an alias stands for (RFC 1035 section 3.3.1). */
  public static final RecordType CNAME = new RecordType(Type.CNAME);
  /** The start of a zone (RFC 1035 section 3.3.13). */
  public static final RecordType SOA = new RecordType(Type.SOA);
  /** The name of an address (RFC 1035 section 3.3.12). */
  public static final RecordType PTR = new RecordType(Type.PTR);
  /** A mail server of a domain (RFC 1035 section 3.3.9). */
  public static final RecordType MX = new RecordType(Type.MX);
  /** Texts (RFC 1035 section 3.3.14). */
  public static final RecordType TXT = new RecordType(Type.TXT);
  /** An IPv6 address (RFC 3596). */
  public static final RecordType AAAA = new RecordType(Type.AAAA);
  /** A host and port of a service (RFC 2782). */
  public static final RecordType SRV = new RecordType(Type.SRV);
  /** A rule that rewrites a text (RFC 3403). */
  public static final RecordType NAPTR = new RecordType(Type.NAPTR);
  /** The name that a tree of aliases stands for (RFC 6672). */
  public static final RecordType DNAME = new RecordType(Type.DNAME);
  /** The digest of a delegated zone's key (RFC 4034 section 5). */
  public static final RecordType DS = new RecordType(Type.DS);
  /** A public key of a zone (RFC 4034 section 2). */
  public static final RecordType DNSKEY = new RecordType(Type.DNSKEY);
  /** A certificate for TLS (RFC 6698). */
  public static final RecordType TLSA = new RecordType(Type.TLSA);
  /** An endpoint of a service, with its parameters (RFC 9460). */
  public static final RecordType SVCB = new RecordType(Type.SVCB);
  /** An endpoint of an HTTP origin, with its parameters (RFC 9460 section 9). */
  public static final RecordType HTTPS = new RecordType(Type.HTTPS);
  /** An authority that may issue certificates (RFC 8659). */
  public static final RecordType CAA = new RecordType(Type.CAA);
  /** All types that a server has; only for queries (RFC 8482). */
  public static final RecordType ANY = new RecordType(Type.ANY);

  /** Checks the range of the number. */
  public RecordType {
    Checks.range("record type", number, 0, 0xffff, "");
  }

  /**
   * Returns the type with {@code number}.
   *
   * @throws IllegalArgumentException if the number is not 0 to 65535
   */
  public static RecordType of(int number) {
    return new RecordType(number);
  }

  /**
   * Returns the type with {@code name}, such as {@code "MX"} or {@code "TYPE65280"} (RFC 3597 section 5), in any case.
   *
   * @throws IllegalArgumentException if there is no such type
   */
  public static RecordType of(String name) {
    int number = Type.value(Checks.text("record type", name), true);
    if (number < 0) {
      throw new IllegalArgumentException("not a record type: '" + name + "'");
    }
    return new RecordType(number);
  }

  /** Returns the type's name, or {@code TYPE} and its number if it has none (RFC 3597 section 5). */
  @Override
  public String toString() {
    return Type.string(number);
  }
}
