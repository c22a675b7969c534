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
 * The rules of the Reactive Streams TCK, which are methods of TestNG, as tests of JUnit: each is checked on a verification
 * of its own. The TCK skips a rule that a publisher need not keep and does not; here that needs a reason, and shows as an
 * aborted test.
 */
final class TckRules {

  /**
   * The rules that the TCK names and does not check. What it says of them nowhere is said here: by which test of ours they
   * are kept, or why nothing could break them.
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
          "receive() has one subscriber; listen() opens a listener for each subscription and need not know"),
      Map.entry("untested_spec304_requestShouldNotPerformHeavyComputations",
          "off the loop it only leaves a task, on it only a mark on the dirty list"),
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
      Map.entry("untested_spec213_blackbox_failingOnSignalInvocation", "a signal only leaves a task for the loop"),
      Map.entry("untested_spec301_blackbox_mustNotBeCalledOutsideSubscriberContext", "as 2.7"),
      Map.entry("untested_spec308_blackbox_requestMustRegisterGivenNumberElementsToBeProduced",
          "a rule for publishers"),
      Map.entry("untested_spec310_blackbox_requestMaySynchronouslyCallOnNextOnSubscriber",
          "OutboundTest: Flux.range emits so"),
      Map.entry("untested_spec311_blackbox_requestMaySynchronouslyCallOnCompleteOrOnError",
          "OutboundTest: Flux.range ends so"),
      Map.entry("untested_spec314_blackbox_cancelMayCauseThePublisherToShutdownIfNoOtherSubscriptionExists",
          "a rule for publishers"),
      Map.entry("untested_spec315_blackbox_cancelMustNotThrowExceptionAndMustSignalOnError", "a rule for publishers"),
      Map.entry("untested_spec316_blackbox_requestMustNotThrowExceptionAndMustOnErrorTheSubscriber",
          "a rule for publishers")));

  /** Waited in vain only when a rule is broken. */
  static final long TIMEOUT_MILLIS = 10_000;

  /** How long to wait for what an optional rule demands where it is not kept. */
  private static final long TIMEOUT_NOT_KEPT_MILLIS = 200;

  private TckRules() {}

  /** A verification that is ready for one rule; closing it checks that nothing is left. */
  interface Verification extends AutoCloseable {

    /** What TestNG would do before the rule. */
    void prepare() throws Exception;

    @Override
    void close();
  }

  /**
   * A test for each rule that {@code kind} has.
   *
   * @param notKept optional rules that need not be kept, with the reason; a second subscriber that comes when the first is
   *     served sees them kept all the same
   * @param maker makes a verification that waits for so many milliseconds
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

  /** The names of the rules of {@code kind}. */
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
        fail("the TCK has skipped the rule, and nobody says why: " + skip.getMessage());
      }
      Assumptions.abort(reasonNotKept);
    }
  }
}
