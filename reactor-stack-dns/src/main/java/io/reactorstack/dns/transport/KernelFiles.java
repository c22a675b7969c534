package io.reactorstack.dns.transport;

import io.reactorstack.setting.Checks;
import java.nio.file.Path;

/**
 * The files that configure the name resolution of a machine.
 *
 * @param resolvConf the servers, search domains and options
 * @param hosts names with their addresses
 * @param hostName the name of the machine, whose domain is searched if no other is configured
 */
public record KernelFiles(Path resolvConf, Path hosts, Path hostName) {

  /** The files of Linux. */
  public static final KernelFiles DEFAULT = new KernelFiles(Path.of("/etc/resolv.conf"), Path.of("/etc/hosts"),
      Path.of("/proc/sys/kernel/hostname"));

  /** Checks that all are given. */
  public KernelFiles {
    Checks.given("resolvConf", resolvConf);
    Checks.given("hosts", hosts);
    Checks.given("hostName", hostName);
  }
}
