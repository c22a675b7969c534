package io.reactorstack.device.linux;

import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;

/** What to tell the user who may not or cannot open a device. */
final class OpenFailure {

  private static final int MIN_MTU = 68;

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

  /** Returns {@code mtu} if IP can live with it (RFC 791 section 3.2: 68 bytes). */
  static int checkMtu(int mtu, String device) {
    if (mtu < MIN_MTU) {
      throw new DeviceException(
          Reason.FAILED, "cannot open " + device + ": an MTU of " + mtu + " bytes is less than IP needs");
    }
    return mtu;
  }

  /**
   * Returns {@code command} for users; root, who lacks a capability only in a container, is told what the container needs.
   *
   * @param containerOptions options of {@code docker run}
   */
  static String remedy(String command, String containerOptions) {
    return user().equals("root") ? "start the container with " + containerOptions : command;
  }

  /** The user's name for use in a command, or a variable of the shell where it is unknown. */
  static String user() {
    String user = System.getProperty("user.name", "?");
    return user.equals("?") ? "$USER" : user;
  }
}
