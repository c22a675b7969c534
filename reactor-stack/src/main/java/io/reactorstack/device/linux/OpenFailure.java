package io.reactorstack.device.linux;

import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;

/** Builds the error that the user sees when a device cannot be opened, with the command that helps. */
final class OpenFailure {

  private static final int MIN_MTU = 68;

  private OpenFailure() {}

  /**
   * Returns the exception for {@code errno}.
   *
   * @param device kind and name, such as {@code TAP device tap0}
   * @param remedy the command that grants the missing privilege
   */
  static DeviceException of(String device, int errno, String remedy) {
    String text = "cannot open " + device + ": ";
    return switch (errno) {
      case Errno.EPERM, Errno.EACCES ->
        new DeviceException(Reason.MISSING_PRIVILEGE, text + Libc.errorText(errno) + "; to grant it: " + remedy);
      case Errno.ENODEV, Errno.ENXIO ->
        new DeviceException(Reason.NO_SUCH_DEVICE, text + "there is no such interface (" + Libc.errorText(errno) + ")");
      case Errno.EBUSY ->
        new DeviceException(Reason.BUSY, text + "another process uses it (" + Libc.errorText(errno) + ")");
      default -> new DeviceException(Reason.FAILED, text + Libc.errorText(errno));
    };
  }

  /** Returns {@code mtu}, or throws if it is below the minimum of IP (RFC 791 section 3.2: 68 bytes). */
  static int checkMtu(int mtu, String device) {
    if (mtu < MIN_MTU) {
      throw new DeviceException(
          Reason.FAILED, "cannot open " + device + ": an MTU of " + mtu + " bytes is less than IP needs");
    }
    return mtu;
  }

  /**
   * Returns {@code command} for ordinary users. Root lacks a capability only in a container; for root, returns the
   * options that the container must be started with.
   *
   * @param containerOptions options of {@code docker run}
   */
  static String remedy(String command, String containerOptions) {
    return user().equals("root") ? "start the container with " + containerOptions : command;
  }

  /** Returns the user's name for use in a command, or a shell variable if the name is unknown. */
  static String user() {
    String user = System.getProperty("user.name", "?");
    return user.equals("?") ? "$USER" : user;
  }
}
