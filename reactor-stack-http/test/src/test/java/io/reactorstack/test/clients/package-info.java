/**
 * Clients and services that know nothing of the lab, in worlds of it: HTTP with Spring, gRPC, Redis with Lettuce, HTTP/2,
 * WebSocket, a chain of services with a cache, and an election of a leader.
 *
 * <p>Each scenario is written twice. The naive form has a defect of the kind that passes every test on a quiet network; the
 * mended form differs in that point only. A test finds a seed at which the naive form fails, shows that this seed fails in
 * the same way each time, and lets the mended form pass many seeds.
 *
 * <p>Read {@link io.reactorstack.test.clients.ThreeServices} first, which is the largest scenario, then {@link
 * io.reactorstack.test.clients.Worlds}, which runs scenarios.
 */
package io.reactorstack.test.clients;
