package io.reactorstack.netty.agreement;

import io.netty.util.concurrent.Future;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The observations of a case, in a form that does not depend on the transport. */
final class Seen {

  /** Matches {@code host/1.2.3.4:5}, {@code [::1]:5} and similar texts. */
  private static final Pattern ADDRESS = Pattern.compile("[\\w.-]*/?(\\[[0-9a-f:]+]|\\d+\\.\\d+\\.\\d+\\.\\d+):\\d+");

  private final Net net;
  private final List<String> notes = new ArrayList<>();

  Seen(Net net) {
    this.net = net;
  }

  void note(String what) {
    notes.add(what);
  }

  void note(String name, @Nullable Object value) {
    notes.add(name + " " + describe(value));
  }

  /** Records how {@code future} completes. */
  void ending(String name, Future<?> future) {
    net.await(future);
    notes.add(name + " " + (future.isSuccess() ? "ok" : describe(future.cause())));
  }

  static String describe(@Nullable Object value) {
    if (value instanceof Throwable failure) {
      String text = failure.getMessage();
      String name = publicType(failure).getSimpleName();
      return text == null ? name : name + "(" + ADDRESS.matcher(text).replaceAll("ADDRESS") + ")";
    }
    return String.valueOf(value);
  }

  /** Returns the nearest public type, which a program can catch. */
  private static Class<?> publicType(Throwable failure) {
    Class<?> type = failure.getClass();
    while (!Modifier.isPublic(type.getModifiers())) {
      type = type.getSuperclass();
    }
    return type;
  }

  String text() {
    return String.join("; ", notes);
  }
}
