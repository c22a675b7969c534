package io.reactorstack.streams;

import static org.assertj.core.api.Assertions.fail;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.testng.SkipException;

/**
 * Runs the rules of the Reactive Streams TCK, which are TestNG methods, as JUnit tests, each on a verification of its
 * own. The TCK skips an optional rule that a publisher does not follow; here such a skip needs a reason, and is shown
 * as an aborted test.
 */
final class TckRules {

  /**
   * The rules that the TCK lists but does not check, each with the test in this project that checks it, or the reason
   * why it cannot be broken.
   */
  static final Map<String, String> UNTESTED = new TreeMap<>(Map.ofEntries(
      Map.entry("untested_spec106_mustConsiderSubscriptionCancelledAfterOnErrorOrOnCompleteHasBeenCalled",
          "InboundTest: request and cancel after the end; and every collision of the race tests"),
      Map.entry("untested_spec107_mustNotEmitFurtherSignalsOnceOnErrorHasBeenSignalled",
          "Witness in the race tests"),
      Map.entry("untested_spec108_possiblyCanceledSubscriptionShouldNotReceiveOnErrorOrOnCompleteSignals",
          "Witness in the race tests"),
      Map.entry("untested_spec109_subscribeShouldNotThrowNonFatalThrowable", "StoppedStackTest"),
      Map.entry("untested_spec110_rejectASubscriptionRequestIfTheSameSubscriberSubscribesTwice",
          "receive() has one subscriber; listen() opens a listener per subscription and need not check"),
      Map.entry("untested_spec304_requestShouldNotPerformHeavyComputations",
          "off the loop it only queues a task, on the loop it only marks the connection as dirty"),
      Map.entry("untested_spec305_cancelMustNotSynchronouslyPerformHeavyComputation", "as 3.4"),
      Map.entry("untested_spec202_blackbox_shouldAsynchronouslyDispatch",
          "OutboundTest: publishers signal on any thread, and the loop writes"),
      Map.entry("untested_spec204_blackbox_mustConsiderTheSubscriptionAsCancelledInAfterRecievingOnCompleteOrOnError",
          "OutboundTest: no request after the end"),
      Map.entry("untested_spec206_blackbox_mustCallSubscriptionCancelIfItIsNoLongerValid",
          "OutboundTest and the race tests: cancel and close cancel the publisher"),
      Map.entry(
          "untested_spec207_blackbox_mustEnsureAllCallsOnItsSubscriptionTakePlaceFromTheSameThreadOrTakeCareOfSynchronization",
          "request is called on the loop only; cancel once, from where the user cancels"),
      Map.entry("untested_spec208_blackbox_mustBePreparedToReceiveOnNextSignalsAfterHavingCalledSubscriptionCancel",
          "the race tests: cancel of a send against its publisher"),
      Map.entry(
          "untested_spec211_blackbox_mustMakeSureThatAllCallsOnItsMethodsHappenBeforeTheProcessingOfTheRespectiveEvents",
          "the race tests: signals pass to the loop through a queue"),
      Map.entry("untested_spec212_blackbox_mustNotCallOnSubscribeMoreThanOnceBasedOnObjectEquality",
          "each send subscribes a subscriber of its own, once"),
      Map.entry("untested_spec213_blackbox_failingOnSignalInvocation", "a signal only queues a task for the loop"),
      Map.entry("untested_spec301_blackbox_mustNotBeCalledOutsideSubscriberContext", "as 2.7"),
      Map.entry("untested_spec308_blackbox_requestMustRegisterGivenNumberElementsToBeProduced",
          "a rule for publishers"),
      Map.entry("untested_spec310_blackbox_requestMaySynchronouslyCallOnNextOnSubscriber",
          "OutboundTest: Flux.range emits synchronously"),
      Map.entry("untested_spec311_blackbox_requestMaySynchronouslyCallOnCompleteOrOnError",
          "OutboundTest: Flux.range completes synchronously"),
      Map.entry("untested_spec314_blackbox_cancelMayCauseThePublisherToShutdownIfNoOtherSubscriptionExists",
          "a rule for publishers"),
      Map.entry("untested_spec315_blackbox_cancelMustNotThrowExceptionAndMustSignalOnError", "a rule for publishers"),
      Map.entry("untested_spec316_blackbox_requestMustNotThrowExceptionAndMustOnErrorTheSubscriber",
          "a rule for publishers")));

  /** The time limit of a rule; it passes only when a rule is broken. */
  static final long TIMEOUT_MILLIS = 10_000;

  /** The time to wait for the effect of an optional rule that is not followed. */
  private static final long TIMEOUT_NOT_KEPT_MILLIS = 200;

  private TckRules() {}

  /** A verification for one rule; closing it checks that nothing is left. */
  interface Verification extends AutoCloseable {

    /** Does the setup that TestNG would do before the rule. */
    void prepare() throws Exception;

    @Override
    void close();
  }

  /**
   * Returns a test for each rule of {@code kind}.
   *
   * @param notKept optional rules that need not be followed, with the reason; a second subscriber that arrives after
   *     the first was served still finds them followed
   * @param maker creates a verification with the given timeout in milliseconds
   */
  static Stream<DynamicTest> of(Class<?> kind, Map<String, String> notKept,
      LongFunction<? extends Verification> maker) {
    Set<String> unknown = new TreeSet<>(notKept.keySet());
    unknown.removeAll(names(kind));
    if (!unknown.isEmpty()) {
      fail("no rules of %s: %s", kind.getSimpleName(), unknown);
    }
    return rules(kind).filter(rule -> !isUntested(rule.getName()))
        .map(rule -> DynamicTest.dynamicTest(rule.getName(), () -> check(rule, notKept.get(rule.getName()), maker)));
  }

  /** Returns the names of the rules of {@code kind}. */
  static Set<String> names(Class<?> kind) {
    return rules(kind).map(Method::getName).collect(Collectors.toCollection(TreeSet::new));
  }

  static boolean isUntested(String rule) {
    return rule.startsWith("untested_");
  }

  private static Stream<Method> rules(Class<?> kind) {
    return Arrays.stream(kind.getMethods())
        .filter(method -> method.isAnnotationPresent(org.testng.annotations.Test.class))
        .sorted(Comparator.comparing(Method::getName));
  }

  private static void check(Method rule, String reasonNotKept, LongFunction<? extends Verification> maker)
      throws Throwable {
    long timeoutMillis = reasonNotKept == null ? TIMEOUT_MILLIS : TIMEOUT_NOT_KEPT_MILLIS;
    try (Verification verification = maker.apply(timeoutMillis)) {
      verification.prepare();
      rule.invoke(verification);
    } catch (InvocationTargetException e) {
      if (!(e.getCause() instanceof SkipException skip)) {
        throw e.getCause();
      }
      if (reasonNotKept == null) {
        fail("the TCK has skipped the rule, and no reason is given: " + skip.getMessage());
      }
      Assumptions.abort(reasonNotKept);
    }
  }
}
