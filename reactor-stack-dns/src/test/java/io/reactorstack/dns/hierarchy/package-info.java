/**
 * A DNS hierarchy of real servers for tests: NSD, BIND and Knot serve zones from the root down, and Unbound resolves.
 *
 * <p>{@code RealHierarchy} starts the servers in a network namespace; the zone files are in the resource folder
 * {@code hierarchy}, and {@code HostedZone} lists which server has which zone. {@code Names} derives questions from the
 * zones, {@code Dig} asks a server, and {@code Expected} compares the answers of two resolvers.
 */
package io.reactorstack.dns.hierarchy;
