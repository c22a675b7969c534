package io.reactorstack.dhcp;

import org.jspecify.annotations.Nullable;

/**
 * The state of the DHCP client of an interface, at each of its changes and at each message that it sends.
 *
 * @param phase the step that the client has reached
 * @param sent the number of messages of this step that were sent so far
 * @param lease the lease in use; {@code null} if the interface has none
 * @param cause the last reason for which the client began again
 * @param detail the server's text for {@link Cause#REFUSED}; {@code null} if there is none
 */
public record DhcpStatus(Phase phase, int sent, @Nullable DhcpLease lease, Cause cause, @Nullable String detail) {

  /** The steps of a client (RFC 2131 section 4.4), and those of a client that has an address already. */
  public enum Phase {
    /** The link is down. */
    NO_LINK("waits for the link"),
    /** The client waits before it begins, or begins again. */
    DELAYED("waits before it begins"),
    /** The client looks for servers. */
    SELECTING("waits for an answer to DHCPDISCOVER"),
    /** The client has requested an offered address. */
    REQUESTING("waits for an answer to DHCPREQUEST"),
    /** The client verifies an earlier address. */
    REBOOTING("waits for the confirmation of an earlier address"),
    /** The client probes the assigned address on the link. */
    CHECKING("checks that no other station has the address"),
    /** The interface is configured. */
    BOUND("is configured"),
    /** The interface is configured, and the client asks the server to extend the lease. */
    RENEWING("is configured and renews its lease"),
    /** The interface is configured, and the client asks any server to extend the lease. */
    REBINDING("is configured and looks for a server to extend its lease"),
    /** The client, which has an address, asks for the other parameters. */
    INFORMING("waits for an answer to DHCPINFORM"),
    /** The client, which has an address, has received the other parameters. */
    INFORMED("has the parameters of its network"),
    /** The client has given its lease back, and removes the address. */
    RELEASING("gives its lease back"),
    /** The client has given its lease back, or has found no server for its parameters; it sends nothing more. */
    STOPPED("has stopped");

    private final String text;

    Phase(String text) {
      this.text = text;
    }

    /** The step in words, such as {@code waits for the link}. */
    public String text() {
      return text;
    }
  }

  /** The reasons for which a client begins again. */
  public enum Cause {
    /** It has not begun again. */
    NONE(""),
    /** The server did not answer. */
    NO_ANSWER("no answer from a server"),
    /** A server has refused the address (DHCPNAK). */
    REFUSED("the server has refused the address"),
    /** Another station uses the address, or the host cannot use it; the server has been notified. */
    CONFLICT("the address is in use or cannot be used"),
    /** The lease has ended before a server extended it. */
    EXPIRED("the lease has ended"),
    /** The server has assigned another address than before. */
    CHANGED("the server has assigned another address"),
    /** The application has given the lease back. */
    RELEASED("the lease was given back");

    private final String text;

    Cause(String text) {
      this.text = text;
    }
  }

  /** Returns whether the client has what it asks for: an address, or the parameters of its network. */
  public boolean isConfigured() {
    return lease != null;
  }

  @Override
  public String toString() {
    return phase.text + (sent > 0 ? ", " + sent + " sent" : "") + (lease == null ? "" : ": " + lease)
        + (cause == Cause.NONE ? "" : "; " + cause.text) + (detail == null ? "" : " (" + detail + ")");
  }
}
