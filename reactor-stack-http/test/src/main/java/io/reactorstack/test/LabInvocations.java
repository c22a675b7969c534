package io.reactorstack.test;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Provides the invocations of a {@link LabTest}: each argument set with each seed. The annotation registers this class.
 */
public final class LabInvocations implements TestTemplateInvocationContextProvider {

  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return AnnotationSupport.isAnnotated(context.getTestMethod(), LabTest.class);
  }

  @Override
  public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
    LabTest test = AnnotationSupport.findAnnotation(context.getTestMethod(), LabTest.class).orElseThrow();
    SeedRange seeds = SeedRange.of(test, context);
    List<Arguments> sets = test.arguments().length == 0
        ? List.of(Arguments.NONE)
        : ArgumentMethods.call(test.arguments(), context);
    if (sets.isEmpty()) {
      throw new ExtensionConfigurationException("the methods named by @LabTest(arguments = …) supplied no arguments");
    }
    return sets.stream().flatMap(arguments -> seeds.stream().mapToObj(seed -> new LabInvocation(seed, arguments)));
  }

  /** One run of a test. */
  private record LabInvocation(long seed, Arguments arguments) implements TestTemplateInvocationContext {

    @Override
    public String getDisplayName(int index) {
      return "seed " + seed + arguments;
    }

    @Override
    public void prepareInvocation(ExtensionContext context) {
      SeedRange.put(seed, context);
      arguments.put(context);
    }
  }
}
