package io.reactorstack.dns.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.ExternalCommand;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests what the JDK's own cache of names does to worlds of the lab, and that they report it. */
@Timeout(60)
class JdkCacheTest {

  private static Map<String, String> run(String... flags) {
    return ChildJvm.results(ExternalCommand.run(Duration.ofSeconds(50),
        ChildJvm.command(LookupProgram.class, List.of(flags), "world")));
  }

  /** By default the JDK gives the address of a world's host to code outside: such a world is not closed. */
  @Test
  void aWorldReportsThatTheJdkKeepsItsAnswers() {
    Map<String, String> results = run();
    assertThat(results).containsEntry("in the world", "[10.0.0.2]").containsEntry("outside", "[10.0.0.2]");
    assertThat(results.get("escape")).startsWith("[the JDK keeps the addresses that code of this world looks up")
        .contains("set the security properties networkaddress.cache.ttl and networkaddress.cache.negative.ttl to 0");
  }

  /** The JDK does not search for a resolver then. */
  @Test
  void useFailsIfTheJvmHasAnotherResolver() {
    assertThat(ChildJvm.results(ExternalCommand.run(Duration.ofSeconds(50),
        ChildJvm.command(LookupProgram.class, List.of("-Djdk.net.hosts.file=/dev/null"), "refused"))).get("use"))
        .startsWith("IllegalStateException this JVM has another resolver: the property jdk.net.hosts.file is set");
  }
}
