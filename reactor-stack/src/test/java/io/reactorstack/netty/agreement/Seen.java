package io.reactorstack.netty.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a play has shown, in words that hold for any transport, and how long it waits at most. */
final class Seen {

  static final int LIMIT_SECONDS = 20;

  /** {@code host/1.2.3.4:5}, {@code [::1]:5} and their like. */
  private static final Pattern ADDRESS = Pattern.compile("[\\w.-]*/?(\\[[0-9a-f:]+]|\\d+\\.\\d+\\.\\d+\\.\\d+):\\d+");

  private final List<String> notes = new ArrayList<>();

  void note(String what) {
    notes.add(what);
  }

  void note(String name, @Nullable Object value) {
    notes.add(name + " " + describe(value));
  }

  /** Notes how {@code future} ends. */
  void ending(String name, Future<?> future) {
    await(future);
    notes.add(name + " " + (future.isSuccess() ? "ok" : describe(future.cause())));
  }

  static <F extends Future<?>> F await(F future) {
    assertThat(future.awaitUninterruptibly(LIMIT_SECONDS, TimeUnit.SECONDS)).as("done in time: %s", future).isTrue();
    return future;
  }

  /** Waits for a success. */
  static ChannelFuture done(ChannelFuture future) {
    await(future);
    assertThat(future.cause()).isNull();
    return future;
  }

  /** Lets what is under way arrive: for plays in which nothing may happen, where no event can be awaited. */
  static void settle(Net net) {
    await(net.loop().schedule(() -> {}, 60, TimeUnit.MILLISECONDS));
  }

  static String describe(@Nullable Object value) {
    if (value instanceof Throwable failure) {
      String text = failure.getMessage();
      String name = publicType(failure).getSimpleName();
      return text == null ? name : name + "(" + ADDRESS.matcher(text).replaceAll("ADDRESS") + ")";
    }
    return String.valueOf(value);
  }

  /** What a program can catch. */
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
