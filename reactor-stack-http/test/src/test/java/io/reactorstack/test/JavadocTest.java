package io.reactorstack.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.ReactiveJavadoc;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Checks the Javadoc of methods that return a Flux or a Mono. */
class JavadocTest {

  @Test
  void everyFluxAndMonoDocumentsBackpressureBuffersThreadsAndCancellation() throws IOException {
    ReactiveJavadoc javadoc = ReactiveJavadoc.of(Path.of("src/main/java"));
    assertThat(javadoc.incomplete()).isEmpty();
  }
}
