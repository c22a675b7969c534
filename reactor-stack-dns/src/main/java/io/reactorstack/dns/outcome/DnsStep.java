package io.reactorstack.dns.outcome;

import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.packet.Endpoint;
import java.time.Duration;
import java.util.List;

/**
 * One query on the way to an answer, with its result.
 *
 * @param zone the zone whose server was queried, or {@code "."} for a recursive server
 * @param serverName the name of the server; empty for a configured address
 * @param server the address and port of the server
 * @param name the name in the question
 * @param type the type in the question
 * @param overTcp whether the response came over TCP
 * @param start the time from the start of the resolution to the query
 * @param roundTrip the time from the query to the response, or to the failure
 * @param result what the server answered
 * @param detail the result as text, such as {@code "referral to example.com"} or {@code "no answer"}
 * @param octets the size of the response; 0 if there was none
 * @param records the records of the response that belong to the result: those of the answer or the referral
 */
public record DnsStep(
    String zone,
    String serverName,
    Endpoint server,
    String name,
    RecordType type,
    boolean overTcp,
    Duration start,
    Duration roundTrip,
    Result result,
    String detail,
    int octets,
    List<DnsRecord> records) {

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

  /** Copies the list of records. */
  public DnsStep {
    records = List.copyOf(records);
  }

  /** Returns the step as one line of text. */
  @Override
  public String toString() {
    String who = serverName.isEmpty() ? server.toString() : serverName + " (" + server + ")";
    return "%s %s asked of %s for zone %s: %s, %.1f ms".formatted(
        name, type, who, zone, detail, roundTrip.toNanos() / 1e6);
  }
}
