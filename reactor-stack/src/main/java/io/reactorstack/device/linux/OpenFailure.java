package io.reactorstack.device.linux;

import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;

/** What to tell the user who may not or cannot open a device. */
final class OpenFailure {

  private OpenFailure() {}

  /**
   * The exception for {@code errno}.
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

  /** The user's name for use in a command, or a variable of the shell where it is unknown. */
  static String user() {
    String user = System.getProperty("user.name", "?");
    return user.equals("?") ? "$USER" : user;
  }
}
