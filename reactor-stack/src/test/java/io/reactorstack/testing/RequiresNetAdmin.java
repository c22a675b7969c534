package io.reactorstack.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Marks tests against the Linux kernel: they need {@code /dev/net/tun} and the capabilities to create interfaces and
 * namespaces. Without these they are skipped with a message; with {@code CI=true} in the environment they fail instead.
 */
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(RequiresNetAdmin.Condition.class)
public @interface RequiresNetAdmin {

  /** Checks the device file and the capabilities of this process. */
  final class Condition implements ExecutionCondition {

    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_NET_RAW = 13;
    private static final int CAP_SYS_ADMIN = 21;

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      Optional<String> missing = missing();
      missing.ifPresent(what -> ExternalCommand.refuseInCi(context.getDisplayName(), what));
      return missing.map(what -> ConditionEvaluationResult.disabled("needs " + what))
          .orElseGet(() -> ConditionEvaluationResult.enabled("the kernel is at our disposal"));
    }

    private static Optional<String> missing() {
      if (!System.getProperty("os.name").equals("Linux")) {
        return Optional.of("Linux");
      }
      if (!Files.exists(Path.of("/dev/net/tun"))) {
        return Optional.of("/dev/net/tun (sudo modprobe tun)");
      }
      if (!capable(CAP_NET_ADMIN) || !capable(CAP_NET_RAW) || !capable(CAP_SYS_ADMIN)) {
        return Optional.of("the capabilities NET_ADMIN, NET_RAW and SYS_ADMIN (run it as root)");
      }
      return ExternalCommand.isInstalled("ip") ? Optional.empty() : Optional.of("the command ip (package iproute2)");
    }

    private static boolean capable(int capability) {
      try {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("CapEff:"))
            .mapToLong(line -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
            .anyMatch(set -> (set >>> capability & 1) == 1);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
