package io.reactorstack.dns;

import java.net.UnknownHostException;

/**
 * A name could not be resolved; the reason says whether it may be worth while to ask again (RFC 1034 section 5.2.1).
 *
 * <p>It is an {@link UnknownHostException}, because that is what callers of Netty and of the JDK look for.
 */
public final class DnsException extends UnknownHostException {

  private static final long serialVersionUID = 1L;

  /** Why a name could not be resolved, from what is certain about the name to what leaves it open. */
  public enum Reason {
    /** The name does not exist: NXDOMAIN (RFC 1035 section 4.1.1, RFC 2308 section 2.1). */
    NAME_NOT_FOUND("name not found", false),
    /** The name exists and has no address of the type asked for (RFC 2308 section 2.2). */
    NO_DATA("no address of this type", false),
    /** The text is no domain name: an empty or too long label, or more than 255 octets (RFC 1035 section 2.3.4). */
    INVALID_NAME("not a domain name", false),
    /** The name is an alias of itself, or the chain of aliases is too long (RFC 1034 section 5.2.2). */
    ALIAS_LOOP("aliases without end", false),
    /** No server is configured. */
    NO_SERVER("no DNS server is configured", true),
    /** As many different questions are under way as may be. */
    TOO_MANY_QUESTIONS("too many questions under way", true),
    /** No server could be reached, or none kept the connection. */
    UNREACHABLE("no DNS server can be reached", true),
    /** No server answered in time. */
    TIMEOUT("no answer from the DNS servers", true),
    /** The servers refuse to answer. */
    REFUSED("refused by the DNS servers", true),
    /** The servers failed, or answered with what is no answer. */
    SERVER_FAILURE("the DNS servers failed", true);

    private final String text;
    private final boolean temporary;

    Reason(String text, boolean temporary) {
      this.text = text;
      this.temporary = temporary;
    }

    /** The one of the two that leaves more open: with several outcomes, the one to report. */
    Reason orWorse(Reason other) {
      return other.compareTo(this) > 0 ? other : this;
    }

    /** Whether a later try may succeed: what RFC 1034 section 5.2.1 calls a temporary failure. */
    public boolean isTemporary() {
      return temporary;
    }
  }

  private final String host;
  private final Reason reason;

  /** The exception for {@code host}, the name as the caller wrote it. */
  public DnsException(String host, Reason reason) {
    super(host + ": " + reason.text);
    this.host = host;
    this.reason = reason;
  }

  /** The name that was to be resolved. */
  public String host() {
    return host;
  }

  /** Why it could not be resolved. */
  public Reason reason() {
    return reason;
  }
}
