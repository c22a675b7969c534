package io.reactorstack.lab.jdk;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Reads the number of class initializers that this JVM has begun to run, plus the number of application classes that it
 * has begun to define.
 *
 * <p>The JVM counts both in its performance data, a memory-mapped file for tools such as jstat; reading the numbers is
 * a memory access. The layout is that of version 2: a header, then entries of a name and a value each.
 */
final class ClassCount {

  private static final List<String> NAMES = List.of("sun.cls.initializedClasses", "sun.cls.defineAppClasses");
  private static final int MAGIC = 0xcafe_c0c0;
  private static final int VERSION = 2;

  // Offsets in bytes, in the header and in an entry.
  private static final int BYTE_ORDER = 4;
  private static final int MAJOR_VERSION = 5;
  private static final int FIRST_ENTRY = 24;
  private static final int NUMBER_OF_ENTRIES = 28;
  private static final int NAME_OFFSET = 4;
  private static final int DATA_OFFSET = 16;

  private ClassCount() {}

  /**
   * Returns a reader of the sum of the two numbers. Without performance data it returns the number of loaded classes,
   * which does not change when a class that was loaded earlier is initialized.
   */
  static LongSupplier reader() {
    String file = "hsperfdata_" + System.getProperty("user.name") + "/" + ProcessHandle.current().pid();
    for (String folder : List.of("/tmp", System.getProperty("java.io.tmpdir"))) {
      Path path = Path.of(folder, file);
      if (Files.isReadable(path)) {
        try (FileChannel channel = FileChannel.open(path)) {
          ByteBuffer data = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
          int[] offsets = offsets(data);
          if (offsets.length == 2) {
            return () -> data.getLong(offsets[0]) + data.getLong(offsets[1]);
          }
        } catch (IOException e) {
          // Handled like a missing file.
        }
      }
    }
    return ManagementFactory.getClassLoadingMXBean()::getTotalLoadedClassCount;
  }

  /** Returns the offsets of those of the numbers that exist. */
  private static int[] offsets(ByteBuffer data) {
    if (data.limit() <= NUMBER_OF_ENTRIES + Integer.BYTES || data.getInt(0) != MAGIC
        || data.get(MAJOR_VERSION) != VERSION) {
      return new int[0];
    }
    data.order(data.get(BYTE_ORDER) == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    List<Integer> found = new ArrayList<>();
    int entry = data.getInt(FIRST_ENTRY);
    for (int i = data.getInt(NUMBER_OF_ENTRIES); i > 0; i--) {
      if (NAMES.contains(text(data, entry + data.getInt(entry + NAME_OFFSET)))) {
        found.add(entry + data.getInt(entry + DATA_OFFSET));
      }
      entry += data.getInt(entry);
    }
    return found.stream().mapToInt(Integer::intValue).toArray();
  }

  private static String text(ByteBuffer data, int offset) {
    int end = offset;
    while (data.get(end) != 0) {
      end++;
    }
    byte[] text = new byte[end - offset];
    data.get(offset, text);
    return new String(text, StandardCharsets.US_ASCII);
  }
}
