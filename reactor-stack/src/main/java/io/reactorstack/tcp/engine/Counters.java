package io.reactorstack.tcp.engine;

/** What a connection has counted; it outlives the states. */
final class Counters {
  long sent;
  long received;
  long retransmitted;
}
