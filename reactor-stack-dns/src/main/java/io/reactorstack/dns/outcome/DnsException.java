package io.reactorstack.dns.outcome;

import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordData;
import io.reactorstack.dns.record.RecordType;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The failure to resolve a name. Its reason says whether a later try may succeed (RFC 1034 section 5.2.1).
 *
 * <p>It is an {@link UnknownHostException} because callers of Netty and of the JDK expect one.
 */
public final class DnsException extends UnknownHostException {

  private static final long serialVersionUID = 1L;

  /**
   * The reason why a name could not be resolved. The constants are ordered: those that are certain about the name come
   * before those that leave open whether it exists.
   */
  public enum Reason {
    /** The name does not exist: NXDOMAIN (RFC 1035 section 4.1.1, RFC 2308 section 2.1). */
    NAME_NOT_FOUND("name not found", false),
    /** The name exists but has no address of the queried type (RFC 2308 section 2.2). */
    NO_DATA("no address of this type", false),
    /**
     * The text is not a domain name: it has an empty or too long label, or more than 255 octets (RFC 1035 section
     * 2.3.4).
     */
    INVALID_NAME("not a domain name", false),
    /** The name is an alias of itself, or the chain of aliases is too long (RFC 1034 section 5.2.2). */
    ALIAS_LOOP("alias loop or too many aliases", false),
    /** The name is below an alias of a whole tree, by which it becomes too long (YXDOMAIN, RFC 6672 section 3.1). */
    NAME_TOO_LONG("the alias makes the name too long", false),
    /** No server is configured. */
    NO_SERVER("no DNS server is configured", true),
    /** The limit of different outstanding questions has been reached. */
    TOO_MANY_QUESTIONS("too many outstanding questions", true),
    /** No server could be reached, or each closed the connection without an answer. */
    UNREACHABLE("no DNS server can be reached", true),
    /** No server answered in time. */
    TIMEOUT("no answer from the DNS servers", true),
    /** The servers refused to answer. */
    REFUSED("refused by the DNS servers", true),
    /** The servers failed, or sent a response that is not a usable answer. */
    SERVER_FAILURE("the DNS servers failed", true),
    /** The servers sent messages over TCP that cannot be decoded or do not belong to the query. */
    MALFORMED("malformed responses from the DNS servers", true),
    /** The answer needs more queries than one question may cause (RFC 1035 section 7.1). */
    TOO_MUCH_WORK("too many queries are needed", true);

    private final String text;
    private final boolean temporary;

    Reason(String text, boolean temporary) {
      this.text = text;
      this.temporary = temporary;
    }

    /**
     * Returns whichever of the two reasons is less certain about the name; after several failures, this is the reason
     * to report.
     */
    public Reason orWorse(Reason other) {
      return other.compareTo(this) > 0 ? other : this;
    }

    /** Returns whether a later try may succeed; RFC 1034 section 5.2.1 calls this a temporary failure. */
    public boolean isTemporary() {
      return temporary;
    }
  }

  /**
   * The circumstances of a failure.
   *
   * @param aliases the CNAME and DNAME records that lead from the name to the one that has no records; empty if it has no
   *     alias
   * @param soa the SOA record of the zone that says that the name or its records do not exist (RFC 2308 section 3), or
   *     {@code null} if no zone says so
   * @param errors details that servers gave (RFC 8914)
   * @param path the queries that were sent
   */
  public record Details(
      List<DnsRecord> aliases, @Nullable DnsRecord soa, List<ExtendedError> errors, DnsPath path) {

    /** The details of a failure that needed no query. */
    public static final Details NONE = new Details(List.of(), null, List.of(), DnsPath.NONE);

    /** Copies the lists. */
    public Details {
      aliases = List.copyOf(aliases);
      errors = List.copyOf(errors);
    }
  }

  private final String host;
  private final Reason reason;
  private final transient @Nullable Details details;

  /** Creates the exception for {@code host}, the name as the caller wrote it, without a query. */
  public DnsException(String host, Reason reason) {
    this(host, reason, Details.NONE);
  }

  /** Creates the exception for {@code host}, the name as the caller wrote it. */
  public DnsException(String host, Reason reason, Details details) {
    super(message(host, reason, details));
    this.host = host;
    this.reason = reason;
    this.details = details;
  }

  private static String message(String host, Reason reason, Details details) {
    StringBuilder message = new StringBuilder(host).append(": ");
    if (!details.aliases.isEmpty() && details.aliases.getLast().type().equals(RecordType.CNAME)
        && details.aliases.getLast().data() instanceof RecordData.Target alias) {
      message.append("alias of ").append(alias.target()).append(", ");
    }
    message.append(reason.text);
    if (!details.errors.isEmpty()) {
      message.append(details.errors.stream().map(ExtendedError::toString)
          .collect(Collectors.joining(", ", " [", "]")));
    }
    if (!details.path.steps().isEmpty()) {
      DnsStep last = details.path.steps().getLast();
      message.append(reason.temporary ? "; asked last: " : ", says ").append(last.server().address());
    }
    return message.toString();
  }

  /** The name that was to be resolved. */
  public String host() {
    return host;
  }

  /** The reason why the name could not be resolved. */
  public Reason reason() {
    return reason;
  }

  /**
   * The CNAME and DNAME records that lead from the name to the one that has no records, in that order; empty if the name
   * has no alias, and after deserialization.
   */
  public List<DnsRecord> aliases() {
    return details().aliases;
  }

  /**
   * The SOA record of the zone that says that the name or its records do not exist (RFC 2308 section 3); empty if no zone
   * says so, and after deserialization.
   */
  public Optional<DnsRecord> soa() {
    return Optional.ofNullable(details().soa);
  }

  /** Details that servers gave about their failures (RFC 8914); empty after deserialization. */
  public List<ExtendedError> errors() {
    return details().errors;
  }

  /** The queries that were sent, with their results; empty after deserialization. */
  public DnsPath path() {
    return details().path;
  }

  private Details details() {
    return details == null ? Details.NONE : details;
  }
}
