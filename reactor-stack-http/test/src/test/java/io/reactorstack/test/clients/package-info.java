/**
 * Scenarios with clients and services that are independent of the lab: HTTP with Spring, gRPC, Redis with Lettuce,
 * HTTP/2, WebSocket, a chain of services with a cache, and a leader election.
 *
 * <p>Each scenario exists in two forms. The naive form has a defect that tests on a quiet network do not find; the
 * fixed form differs in that point only. A test finds a seed at which the naive form fails, checks that this seed
 * fails in the same way each time, and checks that the fixed form passes many seeds.
 *
 * <p>Read {@link io.reactorstack.test.clients.ThreeServices} first, which is the largest scenario, then
 * {@link io.reactorstack.test.clients.Worlds}, which runs scenarios.
 */
package io.reactorstack.test.clients;
