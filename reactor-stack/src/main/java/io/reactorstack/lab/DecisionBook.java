package io.reactorstack.lab;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The decisions that a world writes down, and those that it was given. Confined to the loop. */
final class DecisionBook {

  private final @Nullable List<Decision> written;
  private final @Nullable Map<String, Map<Long, List<Decision>>> given;

  /**
   * A book.
   *
   * @param records whether decisions are written down
   * @param replay decisions to be followed; {@code null} to leave all to chance and to the effects
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

  /** The given decisions about {@code direction}, by frame; {@code null} if the world is left to chance. */
  @Nullable
  Map<Long, List<Decision>> givenFor(String direction) {
    return given == null ? null : given.getOrDefault(direction, Map.of());
  }

  Decisions written() {
    return written == null ? Decisions.NONE : new Decisions(written);
  }
}
