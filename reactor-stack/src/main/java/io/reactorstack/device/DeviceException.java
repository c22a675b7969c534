package io.reactorstack.device;

import java.io.IOException;
import java.io.UncheckedIOException;

/** The error of a device that could not be opened, was closed, or whose medium failed permanently. */
public final class DeviceException extends UncheckedIOException {

  private static final long serialVersionUID = 1L;

  /** The kind of failure, for callers that react to it. */
  public enum Reason {
    /** The process lacks a privilege; the message contains the command that grants it. */
    MISSING_PRIVILEGE,
    /** The interface or socket does not exist. */
    NO_SUCH_DEVICE,
    /** Another process uses the device. */
    BUSY,
    /** The interface was deleted, or the peer of a stream closed it, while the device was in use. */
    GONE,
    /** The device was disposed of. */
    CLOSED,
    /** This operating system, kernel or event loop does not support such devices. */
    UNSUPPORTED,
    /** Any other failure; the message contains the error text of the system. */
    FAILED
  }

  private final Reason reason;

  /** Creates a failure of the kind {@code reason}; {@code message} names the device. */
  public DeviceException(Reason reason, String message) {
    super(message, new IOException(message));
    this.reason = reason;
  }

  /** The kind of failure. */
  public Reason reason() {
    return reason;
  }
}
