package io.reactorstack.tcp;

import io.reactorstack.icmp.IcmpError;
import io.reactorstack.packet.IpAddress;

/**
 * Something that happened to a connection and did not end it: the asynchronous reports of RFC 9293 section 3.9.1.8
 * (MUST-47).
 */
public sealed interface TcpNotice {

  /**
   * An ICMP error about something in flight arrived, or this host itself could not send a segment. It ends nothing: routers make
   * mistakes, and errors can be forged (RFC 5927).
   *
   * @param kind the error
   * @param reporter the sender of the error; the connection's own address if this host could not send
   */
  record SoftError(IcmpError.Kind kind, IpAddress reporter) implements TcpNotice {}

  /**
   * The retransmission timer has expired again and again for the same data: R1 of RFC 9293 section 3.8.3 is reached. Told
   * once, until the peer acknowledges something new.
   *
   * @param timeouts expiries in a row
   */
  record ExcessiveRetransmission(int timeouts) implements TcpNotice {}

  /**
   * The peer has marked data as urgent, or has moved the mark; the data stays in line (RFC 9293 section 3.8.5, RFC 6093).
   *
   * @param bytes bytes up to the end of the urgent data, arrived or not, that were not yet read
   */
  record UrgentData(int bytes) implements TcpNotice {}
}
