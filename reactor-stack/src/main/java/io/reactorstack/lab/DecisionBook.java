package io.reactorstack.lab;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The decisions that a world records, and those that it replays. Confined to the loop. */
final class DecisionBook {

  private final @Nullable List<Decision> written;
  private final @Nullable Map<String, Map<Long, List<Decision>>> given;

  /**
   * Creates a book.
   *
   * @param records true to record decisions
   * @param replay the decisions to follow; {@code null} to leave everything to chance and to the effects
   */
  DecisionBook(boolean records, @Nullable Decisions replay) {
    written = records ? new ArrayList<>() : null;
    given = replay == null ? null : byFrame(replay);
  }

  private static Map<String, Map<Long, List<Decision>>> byFrame(Decisions replay) {
    Map<String, Map<Long, List<Decision>>> byDirection = new HashMap<>();
    for (Decision each : replay.list()) {
      byDirection.computeIfAbsent(each.direction(), direction -> new HashMap<>())
          .computeIfAbsent(each.frame(), frame -> new ArrayList<>()).add(each);
    }
    return byDirection;
  }

  boolean records() {
    return written != null;
  }

  void write(Decision decision) {
    if (written != null) {
      written.add(decision);
    }
  }

  /**
   * Returns the decisions to replay in {@code direction}, by frame number; {@code null} if the world does not replay.
   */
  @Nullable
  Map<Long, List<Decision>> givenFor(String direction) {
    return given == null ? null : given.getOrDefault(direction, Map.of());
  }

  Decisions written() {
    return written == null ? Decisions.NONE : new Decisions(written);
  }
}
