package io.reactorstack.device.linux;

import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;

/**
 * Checks that this machine supports Linux devices. The check runs before any class with native bindings is loaded, so
 * other systems get a clear message instead of a linkage error.
 */
final class Platform {

  private static final String OS = System.getProperty("os.name", "");
  private static final String ARCHITECTURE = System.getProperty("os.arch", "");

  private Platform() {}

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
