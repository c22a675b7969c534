package io.reactorstack.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.ReactiveJavadoc;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The Javadoc of every method that returns a publisher describes the publisher's behaviour. */
class JavadocTest {

  @Test
  void everyFluxAndMonoDescribesBackpressureBuffersThreadsAndCancellation() throws IOException {
    ReactiveJavadoc javadoc = ReactiveJavadoc.of(Path.of("src/main/java"));
    assertThat(javadoc.methods()).isGreaterThan(30);
    assertThat(javadoc.incomplete()).isEmpty();
  }
}
