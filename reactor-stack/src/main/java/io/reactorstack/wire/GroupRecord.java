package io.reactorstack.wire;

import io.reactorstack.packet.IpAddress;
import java.util.List;

/**
 * A record of a report, about one group (RFC 3376 section 4.2.12, RFC 3810 section 5.2.12).
 *
 * @param kind the record type, which determines the meaning of the sources
 * @param group the group
 * @param sources source addresses of the group's family
 */
public record GroupRecord(Kind kind, IpAddress group, List<IpAddress> sources) {

  /** The record types, in the order of their codes. The first code is 1. */
  public enum Kind {
    /** Current state: the host receives from the listed sources only. */
    MODE_IS_INCLUDE,
    /** Current state: the host receives from all sources except the listed ones. */
    MODE_IS_EXCLUDE,
    /** Change of state: the host receives from the listed sources only. */
    CHANGE_TO_INCLUDE,
    /** Change of state: the host receives from all sources except the listed ones. */
    CHANGE_TO_EXCLUDE,
    /** Change of sources: the host also receives from the listed sources. */
    ALLOW_NEW_SOURCES,
    /** Change of sources: the host no longer receives from the listed sources. */
    BLOCK_OLD_SOURCES;

    private static final List<Kind> ALL = List.of(values());

    /** The code of the type in a message. */
    public int code() {
      return ordinal() + 1;
    }

    /** Returns whether a type with this code exists. */
    static boolean isKnown(int code) {
      return code >= 1 && code <= ALL.size();
    }

    static Kind of(int code) {
      return ALL.get(code - 1);
    }

    /**
     * Returns whether the sources are excluded ones; a list of excluded sources may be shortened to fit a message (RFC
     * 3376 section 4.2.16).
     */
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
