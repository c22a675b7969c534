package io.reactorstack.wire;

import io.reactorstack.packet.IpAddress;
import java.util.List;

/** A message of IGMP (RFC 3376) or MLD (RFC 3810), without the details of either encoding. */
public sealed interface GroupMessage {

  /** A message that hosts send: a report, a join or a leave. */
  sealed interface Statement extends GroupMessage {}

  /**
   * A query, by which a router asks for the listeners of one group or of all groups.
   *
   * @param generation the protocol generation of the query
   * @param group the queried group; unspecified for all groups
   * @param sources the queried sources; empty for all
   * @param maxResponse the maximum response time, in nanoseconds
   * @param robustness the querier's robustness variable; 0 if the query does not contain it
   */
  record Query(
      Compatibility generation, IpAddress group, List<IpAddress> sources, long maxResponse, int robustness)
      implements
        GroupMessage {

    /** Copies the list. */
    public Query {
      sources = List.copyOf(sources);
    }

    /** Returns whether this is a general query, for all groups. */
    public boolean isGeneral() {
      return group.isUnspecified();
    }
  }

  /**
   * A report of IGMPv3 or MLDv2.
   *
   * @param records one record for each group and change
   */
  record Report(List<GroupRecord> records) implements Statement {

    /** Copies the list. */
    public Report {
      records = List.copyOf(records);
    }
  }

  /**
   * A report of an older version: the host listens to the group.
   *
   * @param generation {@link Compatibility#GROUPS} or {@link Compatibility#JOINS}
   * @param group the group
   */
  record Joined(Compatibility generation, IpAddress group) implements Statement {}

  /**
   * The Leave Group message of IGMPv2, or Done of MLDv1: the host no longer listens to the group.
   *
   * @param group the group
   */
  record Left(IpAddress group) implements Statement {}
}
