package io.reactorstack.layer;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * The value of one meter at the time of reading.
 *
 * @param name the name in lower case with dots, such as {@code frames.received}
 * @param tags the values of its tags by {@linkplain MeterTag#key key}, in the order of {@link MeterTag}
 * @param kind whether the value only grows or also falls
 * @param value the value; never negative for a counter
 */
public record MeterSample(String name, Map<String, String> tags, MeterName.Kind kind, long value) {

  /** Returns one line, such as {@code frames.received{interface=tap0} 12}. */
  @Override
  public String toString() {
    String text = tags.entrySet().stream().map(tag -> tag.getKey() + "=" + tag.getValue())
        .collect(Collectors.joining(", "));
    return name + (text.isEmpty() ? "" : "{" + text + "}") + " " + value;
  }
}
