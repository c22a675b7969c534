/**
 * Tables of TCP's performance in simulated networks, checked in and compared exactly.
 *
 * <p>{@code GoldenTest} makes each {@code Table} anew and compares it with the file in the resource folder {@code golden}, whose README explains
 * the columns. {@code Goodput}, {@code Fairness} and {@code BurstLoss} run the simulations, and {@code Theory} computes the expected values.
 */
package io.reactorstack.golden;
