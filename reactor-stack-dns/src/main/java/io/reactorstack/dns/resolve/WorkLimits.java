package io.reactorstack.dns.resolve;

import io.reactorstack.setting.Checks;

/**
 * The limits of a resolver's work (RFC 1035 section 7.1).
 *
 * @param maxQueries the largest number of messages sent for one question, 1 to 1000
 * @param maxQuestions the largest number of outstanding questions, 1 to 65536
 * @param maxServerNames the largest number of names of servers whose addresses are looked for to answer one question, 0 to
 *     1000
 * @param renews whether records that are asked for shortly before their end are renewed
 */
public record WorkLimits(int maxQueries, int maxQuestions, int maxServerNames, boolean renews) {

  /** Checks the ranges. */
  public WorkLimits {
    Checks.range("maxQueriesPerResolve", maxQueries, 1, 1000, "queries");
    Checks.range("maxQuestions", maxQuestions, 1, 1 << 16, "questions");
    Checks.range("maxServerNames", maxServerNames, 0, 1000, "names");
  }
}
