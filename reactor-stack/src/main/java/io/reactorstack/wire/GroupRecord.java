package io.reactorstack.wire;

import io.reactorstack.packet.IpAddress;
import java.util.List;

/**
 * What a report says of one group (RFC 3376 section 4.2.12, RFC 3810 section 5.2.12).
 *
 * @param kind how to read the sources
 * @param group the group
 * @param sources addresses of the group's family
 */
public record GroupRecord(Kind kind, IpAddress group, List<IpAddress> sources) {

  /** The record types, in the order of their codes, which begin at 1. */
  public enum Kind {
    /** How things are: packets of the sources only. */
    MODE_IS_INCLUDE,
    /** How things are: packets of all but the sources. */
    MODE_IS_EXCLUDE,
    /** From now on packets of the sources only. */
    CHANGE_TO_INCLUDE,
    /** From now on packets of all but the sources. */
    CHANGE_TO_EXCLUDE,
    /** Packets of these sources as well. */
    ALLOW_NEW_SOURCES,
    /** Packets of these sources no more. */
    BLOCK_OLD_SOURCES;

    private static final List<Kind> ALL = List.of(values());

    /** The type's number. */
    public int code() {
      return ordinal() + 1;
    }

    /** Whether there is a type of this number. */
    static boolean isKnown(int code) {
      return code >= 1 && code <= ALL.size();
    }

    static Kind of(int code) {
      return ALL.get(code - 1);
    }

    /** Whether the sources are those not wanted, so that leaving some out is safe (RFC 3376 section 4.2.16). */
    public boolean excludes() {
      return this == MODE_IS_EXCLUDE || this == CHANGE_TO_EXCLUDE;
    }
  }

  /** Copies the list. */
  public GroupRecord {
    sources = List.copyOf(sources);
  }

  @Override
  public String toString() {
    return GroupTexts.of(this);
  }
}
