package io.reactorstack.test;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.MultipleFailuresError;

/** Puts a text in front of the message of an existing exception. */
final class MessagePrefixer {

  /** The instance for this JVM; it can modify exceptions only if the JVM opens {@code java.lang}. */
  static final MessagePrefixer OF_THIS_JVM = new MessagePrefixer(message());

  private final @Nullable VarHandle message;

  /**
   * Creates an instance for exceptions that keep their message in the field {@code message}.
   *
   * @param message {@code null} if the field is not accessible
   */
  MessagePrefixer(@Nullable VarHandle message) {
    this.message = message;
  }

  private static @Nullable VarHandle message() {
    try {
      return MethodHandles.privateLookupIn(Throwable.class, MethodHandles.lookup())
          .findVarHandle(Throwable.class, "detailMessage", String.class);
    } catch (ReflectiveOperationException | RuntimeException e) {
      // This JVM does not open java.lang, or its exceptions keep their message in another field.
      return null;
    }
  }

  /**
   * Returns an exception of the type of {@code failure} with the longer message, or {@code failure} itself if that is
   * not possible.
   */
  Throwable prefixed(Throwable failure, String prefix) {
    if (prefix(failure, prefix)) {
      return failure;
    }
    String text = joined(prefix, failure.getMessage());
    if (failure instanceof MultipleFailuresError several) {
      return like(failure, new SeveralFailures(text, several.getFailures()));
    }
    if (failure.getClass() == AssertionFailedError.class) {
      AssertionFailedError failed = (AssertionFailedError) failure;
      return like(failure, failed.isExpectedDefined() || failed.isActualDefined()
          ? new AssertionFailedError(text, failed.getExpected(), failed.getActual(), failure.getCause())
          : new AssertionFailedError(text, failure.getCause()));
    }
    return failure.getClass() == AssertionError.class
        ? like(failure, new AssertionError(text, failure.getCause()))
        : failure;
  }

  private static String joined(String prefix, @Nullable String text) {
    return text == null ? prefix.substring(0, prefix.lastIndexOf(':')) : prefix + text;
  }

  private static Throwable like(Throwable failure, Throwable copy) {
    copy.setStackTrace(failure.getStackTrace());
    for (Throwable suppressed : failure.getSuppressed()) {
      copy.addSuppressed(suppressed);
    }
    return copy;
  }

  /** Changes the message of {@code failure} itself; returns whether that was possible. */
  boolean prefix(Throwable failure, String prefix) {
    if (message == null) {
      return false;
    }
    String kept = (String) message.get(failure);
    String before = kept != null ? kept : failure.getMessage();
    message.set(failure, joined(prefix, before));
    String after = failure.getMessage();
    if (after != null && after.startsWith(joined(prefix, null))) {
      return true;
    }
    // This type does not build its message from the field.
    message.set(failure, kept);
    return false;
  }

  /** Several failures in one exception, with a given message. */
  private static final class SeveralFailures extends MultipleFailuresError {

    private static final long serialVersionUID = 1L;

    private final String text;

    SeveralFailures(String text, List<Throwable> failures) {
      super("", failures);
      this.text = text;
    }

    @Override
    public String getMessage() {
      return text;
    }
  }
}
