package io.reactorstack.dns.resolve;

import io.reactorstack.dns.exchange.Budget;
import io.reactorstack.dns.outcome.DnsPath;
import io.reactorstack.dns.outcome.DnsStep;
import io.reactorstack.dns.outcome.DnsStep.Goal;
import io.reactorstack.dns.outcome.ExtendedError;
import io.reactorstack.dns.wire.Question;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The work for one question: its limits, and what happened so far (RFC 1035 section 7.1). A question about the address of
 * a server, without which another question cannot be answered, has a job of its own that shares the other one's budget
 * and path.
 */
public final class Job {

  private final Question question;
  private final Limits limits;
  private final int depth;
  private final @Nullable Job parent;
  private final Set<Job> waitsFor = new HashSet<>();

  /** The part that all jobs of one question of an application share. */
  private static final class Limits {

    private final Budget budget;
    private final LongSupplier clock;
    private final long start;
    private final List<Supplier<DnsStep>> steps = new ArrayList<>();
    private final List<ExtendedError> errors = new ArrayList<>();
    private int serverNames;

    Limits(int messages, int serverNames, LongSupplier clock) {
      this.budget = new Budget(messages);
      this.serverNames = serverNames;
      this.clock = clock;
      this.start = clock.getAsLong();
    }
  }

  private Job(Question question, Limits limits, @Nullable Job parent) {
    this.question = question;
    this.limits = limits;
    this.depth = parent == null ? 0 : parent.depth + 1;
    this.parent = parent;
  }

  /**
   * Creates the job of an application's question.
   *
   * @param messages the largest number of messages to send
   * @param serverNames the largest number of names of servers whose addresses are looked for (NXNSAttack)
   */
  static Job of(Question question, int messages, int serverNames, LongSupplier clock) {
    return new Job(question, new Limits(messages, serverNames, clock), null);
  }

  /** Returns the job of another question, for which this one shall wait. */
  Job below(Question other) {
    return new Job(other, limits, this);
  }

  Question question() {
    return question;
  }

  /** The number of jobs that wait for this one, one for the other. */
  int depth() {
    return depth;
  }

  /** Describes the records that the queries of this job help to find. */
  Goal goal() {
    return new Goal(Steps.value(question), Optional.ofNullable(parent).map(Job::goal));
  }

  Budget budget() {
    return limits.budget;
  }

  /** Takes one name of a server, whose addresses may then be looked for; returns false if no more may be. */
  boolean takeServerName() {
    if (limits.serverNames == 0) {
      return false;
    }
    limits.serverNames--;
    return true;
  }

  /** Returns the time since the start, in nanoseconds. */
  long elapsed() {
    return limits.clock.getAsLong() - limits.start;
  }

  /** Adds a step, which is described only if somebody reads the path. */
  void add(Supplier<DnsStep> step) {
    limits.steps.add(step);
  }

  void add(ExtendedError error) {
    if (!limits.errors.contains(error)) {
      limits.errors.add(error);
    }
  }

  List<ExtendedError> errors() {
    return List.copyOf(limits.errors);
  }

  DnsPath path() {
    List<Supplier<DnsStep>> taken = List.copyOf(limits.steps);
    return DnsPath.described(() -> taken.stream().map(Supplier::get).toList(), Duration.ofNanos(elapsed()));
  }

  /** Notes that this job waits for {@code other}. */
  void startWaiting(Job other) {
    waitsFor.add(other);
  }

  void stopWaiting(Job other) {
    waitsFor.remove(other);
  }

  /** Returns whether this job waits for {@code other}, directly or through further jobs. */
  boolean waitsFor(Job other) {
    Set<Job> seen = new HashSet<>(Set.of(this));
    Deque<Job> left = new ArrayDeque<>(seen);
    while (!left.isEmpty()) {
      Job job = left.poll();
      if (job == other) {
        return true;
      }
      job.waitsFor.stream().filter(seen::add).forEach(left::add);
    }
    return false;
  }
}
