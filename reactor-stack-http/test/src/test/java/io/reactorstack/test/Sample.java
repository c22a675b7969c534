package io.reactorstack.test;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Marks a class whose tests run only inside other tests, started by {@link Samples}. */
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@ExtendWith(Sample.OnlyInside.class)
public @interface Sample {

  /** Skips the class unless {@link Samples} runs it. */
  class OnlyInside implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      return context.getConfigurationParameter(Samples.RUNS).isPresent()
          ? ConditionEvaluationResult.enabled("a test runs it")
          : ConditionEvaluationResult.disabled("only tests run it");
    }
  }
}
