package io.reactorstack.benchmarks.suite.group;

import java.lang.management.ManagementFactory;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * The live objects of the heap.
 *
 * @param bytes the size of all live objects, in bytes
 * @param classes the bytes of the objects of each class
 */
public record HeapUse(long bytes, Map<String, Long> classes) {

  private static final String COMMANDS = "com.sun.management:type=DiagnosticCommand";
  private static final int COLUMNS = 4;

  /** Collects garbage and returns what is left. */
  public static HeapUse current() {
    String text;
    try {
      // The command collects garbage before it counts.
      text = (String) ManagementFactory.getPlatformMBeanServer().invoke(new ObjectName(COMMANDS), "gcClassHistogram",
          new Object[] {new String[0]}, new String[] {String[].class.getName()});
    } catch (JMException e) {
      throw new IllegalStateException(e);
    }
    Map<String, Long> classes = new HashMap<>();
    // number: instances bytes name
    text.lines().map(line -> line.strip().split("\\s+"))
        .filter(words -> words.length >= COLUMNS && words[0].endsWith(":") && words[2].matches("\\d+"))
        .forEach(words -> classes.merge(words[3], Long.parseLong(words[2]), Long::sum));
    return new HeapUse(classes.values().stream().mapToLong(Long::longValue).sum(), classes);
  }

  /** Returns the bytes that each of {@code parts} has added since {@code before}. */
  public double perPart(HeapUse before, int parts) {
    return (double) (bytes - before.bytes) / parts;
  }

  /** Returns a line for each of the classes that have grown most since {@code before}, per part. */
  List<String> largest(HeapUse before, int parts, int count) {
    Map<String, Long> grown = new HashMap<>(classes);
    before.classes.forEach((name, size) -> grown.merge(name, -size, Long::sum));
    return grown.entrySet().stream().sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
        .limit(count)
        .map(entry -> String.format(Locale.ROOT, "%8.1f B  %s", (double) entry.getValue() / parts, entry.getKey()))
        .toList();
  }
}
