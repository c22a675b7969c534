package io.reactorstack.lab;

import io.netty.util.concurrent.AbstractScheduledEventExecutor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The task of the next timer of a loop, as far as Netty lets it be seen: from a named module it does not. */
final class NextTask {

  private static final String MARK = "task: ";

  /** The text of an object without a text of its own: the class, without packages, is what says something. */
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

  /** A text about the task; empty if nothing is known. On the loop's thread. */
  static String of(AbstractScheduledEventExecutor loop) {
    VarHandle timers = TIMERS;
    if (timers == null || !(timers.get(loop) instanceof Queue<?> queue) || queue.peek() == null) {
      return "";
    }
    // A scheduled task's text is that of a future, with that of the task in it.
    String text = String.valueOf(queue.peek());
    int from = text.indexOf(MARK);
    int to = text.indexOf(", deadline:", Math.max(0, from));
    return from < 0 || to < from
        ? ""
        : OBJECT.matcher(text.substring(from + MARK.length(), to)).replaceFirst("a task of $1");
  }
}
