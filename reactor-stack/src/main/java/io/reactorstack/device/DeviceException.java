package io.reactorstack.device;

import java.io.IOException;
import java.io.UncheckedIOException;

/** A device could not be opened, or its medium failed for good. */
public final class DeviceException extends UncheckedIOException {

  private static final long serialVersionUID = 1L;

  /** What went wrong, for callers that act on it. */
  public enum Reason {
    /** The process lacks a privilege; the message holds the command that grants it. */
    MISSING_PRIVILEGE,
    /** No such interface. */
    NO_SUCH_DEVICE,
    /** Somebody else uses the device. */
    BUSY,
    /** The interface was deleted while it was in use. */
    GONE,
    /** The device was disposed of. */
    CLOSED,
    /** This operating system, kernel or event loop has no such devices. */
    UNSUPPORTED,
    /** Anything else; the message holds the system's error text. */
    FAILED
  }

  private final Reason reason;

  /** A failure for {@code reason}; {@code message} names the device. */
  public DeviceException(Reason reason, String message) {
    super(message, new IOException(message));
    this.reason = reason;
  }

  /** What went wrong. */
  public Reason reason() {
    return reason;
  }
}
