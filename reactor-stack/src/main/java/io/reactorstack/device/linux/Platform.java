package io.reactorstack.device.linux;

import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks that this machine supports Linux devices. The check runs before any class with native bindings is loaded, so
 * other systems get a clear message instead of a linkage error.
 */
final class Platform {

  private static final String OS = System.getProperty("os.name", "");
  private static final String ARCHITECTURE = System.getProperty("os.arch", "");
  private static final Pattern RELEASE = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})");

  private Platform() {}

  /** The version of the running kernel, comparable with {@link #version}; 0 if it is unknown. */
  static int kernel() {
    return kernel(System.getProperty("os.version", ""));
  }

  static int kernel(String release) {
    Matcher matcher = RELEASE.matcher(release);
    return matcher.lookingAt() ? version(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))) : 0;
  }

  /** Returns a number that is greater for later versions. */
  static int version(int major, int minor) {
    return major << 16 | minor;
  }

  /** Throws unless the constants in {@link Libc} and {@link InterfaceRequest} are valid on this system. */
  static void require(String device) {
    if (!supported(OS, ARCHITECTURE)) {
      throw new DeviceException(
          Reason.UNSUPPORTED,
          device + " needs Linux on x86-64 or 64-bit ARM or RISC-V; this is " + OS + " on " + ARCHITECTURE);
    }
  }

  /** Returns whether the system is supported; other Linux architectures number their ioctls differently. */
  static boolean supported(String os, String architecture) {
    return os.equals("Linux")
        && switch (architecture) {
          case "amd64", "x86_64", "aarch64", "riscv64" -> true;
          default -> false;
        };
  }
}
