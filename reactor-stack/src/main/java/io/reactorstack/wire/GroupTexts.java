package io.reactorstack.wire;

import io.reactorstack.packet.IpAddress;
import java.util.List;
import java.util.stream.Collectors;

/** Formats the messages of IGMP and MLD as text. */
final class GroupTexts {

  private GroupTexts() {}

  /**
   * Returns the text of {@code message}.
   *
   * @param protocol the name of the protocol
   * @param old the protocol version of joins and leaves in {@link Compatibility#GROUPS}: 2 for IGMP, 1 for MLD
   */
  static String of(GroupMessage message, String protocol, int old) {
    return switch (message) {
      case GroupMessage.Query query when query.isGeneral() -> protocol + " who listens to any group?";
      case GroupMessage.Query query -> protocol + " who listens to " + of(query.group(), query.sources()) + "?";
      case GroupMessage.Report report ->
        protocol + " " + report.records().stream().map(GroupTexts::of).collect(Collectors.joining(", "));
      case GroupMessage.Joined joined ->
        protocol + "v" + (joined.generation() == Compatibility.JOINS ? 1 : old) + " listens to " + joined.group();
      case GroupMessage.Left left -> protocol + "v" + old + " leaves " + left.group();
    };
  }

  static String of(GroupRecord record) {
    IpAddress group = record.group();
    List<IpAddress> sources = record.sources();
    return switch (record.kind()) {
      case MODE_IS_INCLUDE -> "listens to " + of(group, sources);
      case MODE_IS_EXCLUDE -> "listens to " + group + without(sources);
      case CHANGE_TO_INCLUDE -> sources.isEmpty() ? "leaves " + group : "listens only to " + of(group, sources);
      case CHANGE_TO_EXCLUDE -> "joins " + group + without(sources);
      case ALLOW_NEW_SOURCES -> "joins " + of(group, sources);
      case BLOCK_OLD_SOURCES -> "leaves " + of(group, sources);
    };
  }

  private static String of(IpAddress group, List<IpAddress> sources) {
    return sources.isEmpty() ? group.toString() : list(sources) + " in " + group;
  }

  private static String without(List<IpAddress> sources) {
    return sources.isEmpty() ? "" : " but for " + list(sources);
  }

  private static String list(List<IpAddress> sources) {
    return sources.stream().map(IpAddress::toString).collect(Collectors.joining(" "));
  }
}
