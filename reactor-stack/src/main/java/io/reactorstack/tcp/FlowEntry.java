package io.reactorstack.tcp;

import io.reactorstack.icmp.IcmpError;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpSegment;

/** An entry of {@link FlowTable}: a connection, or the record of one in TIME-WAIT. */
abstract sealed class FlowEntry permits SocketQuestions, TimeWaitRecord {

  /** The addresses and ports of the connection. */
  abstract FourTuple flow();

  /** Processes a received segment of the connection, and takes ownership of it. */
  abstract void onArrival(TcpSegment segment);

  /** Processes an ICMP error that quotes a segment of this connection, or claims to (RFC 9293 section 3.9.2.2). */
  abstract void onIcmpError(IcmpError error);

  /** Returns whether the connection is in TIME-WAIT and a new connection of this host may replace it. */
  abstract boolean givesWay();

  /** Returns whether the connection is in TIME-WAIT and {@code syn} opens a newer incarnation of it. */
  abstract boolean givesWayTo(TcpSegment syn);

  /** Ends TIME-WAIT; returns an ISS for the next incarnation, above every sequence number of this one (MAY-2). */
  abstract int replace();

  /** Ends the connection immediately, with RST where the state requires one; received data can still be read. */
  abstract void cutOff();
}
