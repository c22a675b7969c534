package io.reactorstack.wire;

import io.reactorstack.packet.IpAddress;
import java.util.List;

/** A message of IGMP (RFC 3376) or MLD (RFC 3810), without the details of either. */
public sealed interface GroupMessage {

  /** What hosts say. */
  sealed interface Statement extends GroupMessage {}

  /**
   * A router wants to know who listens.
   *
   * @param generation whose query it is
   * @param group the group asked for; unspecified for all groups
   * @param sources the sources asked for; empty for all
   * @param maxResponse nanoseconds within which to answer
   * @param robustness the querier's robustness variable; 0 if it does not tell
   */
  record Query(
      Compatibility generation, IpAddress group, List<IpAddress> sources, long maxResponse, int robustness)
      implements
        GroupMessage {

    /** Copies the list. */
    public Query {
      sources = List.copyOf(sources);
    }

    /** Whether all groups are asked for. */
    public boolean isGeneral() {
      return group.isUnspecified();
    }
  }

  /**
   * A report of IGMPv3 or MLDv2.
   *
   * @param records what it says of each group
   */
  record Report(List<GroupRecord> records) implements Statement {

    /** Copies the list. */
    public Report {
      records = List.copyOf(records);
    }
  }

  /**
   * A report of an older version: somebody listens to the group.
   *
   * @param generation {@link Compatibility#GROUPS} or {@link Compatibility#JOINS}
   * @param group the group
   */
  record Joined(Compatibility generation, IpAddress group) implements Statement {}

  /**
   * IGMPv2's leave group, MLDv1's done: somebody listens no more.
   *
   * @param group the group
   */
  record Left(IpAddress group) implements Statement {}
}
