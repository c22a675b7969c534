package io.reactorstack.pathmtu.engine;

/**
 * A probe to send now.
 *
 * @param id its number, larger than that of all earlier probes
 * @param size its size in octets, with the header of the transport and without the IP header
 */
public record Probe(long id, int size) {}
