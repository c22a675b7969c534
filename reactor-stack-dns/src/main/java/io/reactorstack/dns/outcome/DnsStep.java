package io.reactorstack.dns.outcome;

import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.packet.Endpoint;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One query on the way to an answer, with its result.
 *
 * @param server the server that was asked
 * @param question the question of the query
 * @param goal the records that the query helps to find
 * @param start the time from the start of the resolution to the query
 * @param roundTrip the time from the query to the response, or to the failure
 * @param result what the server answered
 * @param detail the result as text, such as {@code "referral to example.com"} or {@code "no answer"}
 * @param response the response; empty if there was none
 */
public record DnsStep(
    Server server,
    Question question,
    Goal goal,
    Duration start,
    Duration roundTrip,
    Result result,
    String detail,
    Optional<Response> response) {

  /** The kinds of results. */
  public enum Result {
    /** The server has the records, or an alias. */
    ANSWER,
    /** The server names the servers of a zone closer to the name. */
    REFERRAL,
    /** The name exists, but has no records of the type. */
    NO_DATA,
    /** The name does not exist. */
    NAME_NOT_FOUND,
    /** The server is said to serve the zone, but does not. */
    LAME,
    /** The server has sent an error, or a response that cannot be used. */
    ERROR,
    /** The server has not answered in time, or cannot be reached. */
    NO_ANSWER
  }

  /**
   * A server that was asked.
   *
   * @param zone the zone for which it was asked; {@code "."} for a recursive server
   * @param name its name; empty for a configured address
   * @param address its address and port
   */
  public record Server(String zone, String name, Endpoint address) {

    /** Returns the name and the address. */
    @Override
    public String toString() {
      return name.isEmpty() ? address.toString() : name + " (" + address + ")";
    }
  }

  /**
   * A name and a type of records.
   *
   * @param name the name, without the trailing dot; {@code "."} for the root
   * @param type the type
   */
  public record Question(String name, RecordType type) {

    /** Returns the name and the type. */
    @Override
    public String toString() {
      return name + " " + type;
    }
  }

  /**
   * The records that a resolution looks for: those that the application asked for, or others that it needs first, such as
   * the address of a server. Its queries may have fewer labels of the name (RFC 9156), or the name of an alias's target.
   *
   * @param question the records
   * @param parent the goal that waits for this one; empty for the application's
   */
  public record Goal(Question question, Optional<Goal> parent) {}

  /**
   * A response of a server.
   *
   * @param code the response code, such as {@code "NOERROR"}
   * @param flags the flags that are set in the header
   * @param overTcp whether it came over TCP
   * @param octets its size
   * @param records the records that belong to the result: those of the answer, the referral or the absence
   */
  public record Response(String code, Set<Flag> flags, boolean overTcp, int octets, List<DnsRecord> records) {

    /** Copies the collections. */
    public Response {
      Set<Flag> copy = EnumSet.noneOf(Flag.class);
      copy.addAll(flags);
      flags = Collections.unmodifiableSet(copy);
      records = List.copyOf(records);
    }
  }

  /** The flags of a header (RFC 1035 section 4.1.1, RFC 4035 section 3.2). */
  public enum Flag {
    /** AA: the server is authoritative for the name. */
    AUTHORITATIVE,
    /** TC: records are missing because they did not fit. */
    TRUNCATED,
    /** RD: the query asked for recursion. */
    RECURSION_DESIRED,
    /** RA: the server resolves names for its clients. */
    RECURSION_AVAILABLE,
    /** AD: the server has validated the data. */
    AUTHENTIC_DATA,
    /** CD: the query asked not to validate. */
    CHECKING_DISABLED
  }

  /** Returns the step as one line of text. */
  @Override
  public String toString() {
    return "%s %s asked of %s for zone %s: %s, %.1f ms".formatted(
        question.name, question.type, server, server.zone(), detail, roundTrip.toNanos() / 1e6);
  }
}
