package io.reactorstack.lab;

import io.netty.util.concurrent.AbstractScheduledEventExecutor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Describes the task of a loop's next timer, if Netty's field is accessible: it is not if Netty is a named module. */
final class NextTask {

  private static final String MARK = "task: ";

  /** The default text of an object, of which only the class name is useful, without packages. */
  private static final Pattern OBJECT = Pattern.compile("(?:[\\w.]+[./])?(\\w+)(?:\\$[^@ ]*)?@\\p{XDigit}+");

  private static final @Nullable VarHandle TIMERS = timers();

  private NextTask() {}

  private static @Nullable VarHandle timers() {
    try {
      Class<?> owner = AbstractScheduledEventExecutor.class;
      return MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
          .unreflectVarHandle(owner.getDeclaredField("scheduledTaskQueue"));
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null;
    }
  }

  /** Returns a text about the task; empty if nothing is known. On the loop's thread. */
  static String of(AbstractScheduledEventExecutor loop) {
    VarHandle timers = TIMERS;
    if (timers == null || !(timers.get(loop) instanceof Queue<?> queue) || queue.peek() == null) {
      return "";
    }
    // The text of a scheduled task is that of a future and contains the text of the task itself.
    String text = String.valueOf(queue.peek());
    int from = text.indexOf(MARK);
    int to = text.indexOf(", deadline:", Math.max(0, from));
    return from < 0 || to < from
        ? ""
        : OBJECT.matcher(text.substring(from + MARK.length(), to)).replaceFirst("a task of $1");
  }
}
