package io.reactorstack.tcp;

import io.reactorstack.icmp.DeliveryFailure;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.packet.IpAddress;

/**
 * An event of a connection that did not end it: one of the asynchronous reports of RFC 9293 section 3.9.1.8 (MUST-47).
 */
public sealed interface TcpNotice {

  /**
   * An ICMP error about a segment in flight arrived, or this host itself could not send a segment. It does not end the
   * connection: routers make mistakes, and errors can be forged (RFC 5927).
   *
   * @param failure the received {@link io.reactorstack.icmp.IcmpError} with the quoted segment, or the reason for which
   *     this host could not send
   */
  record SoftError(DeliveryFailure failure) implements TcpNotice {

    /** The kind of error. */
    public IcmpError.Kind kind() {
      return failure.kind();
    }

    /** The sender of the error; the connection's local address if this host could not send. */
    public IpAddress reporter() {
      return failure.reporter();
    }
  }

  /**
   * The retransmission timer has expired repeatedly for the same data: R1 of RFC 9293 section 3.8.3 is reached. Emitted
   * once, until the peer acknowledges new data.
   *
   * @param timeouts number of consecutive expiries
   */
  record ExcessiveRetransmission(int timeouts) implements TcpNotice {}

  /**
   * The peer has marked data as urgent, or has moved the mark; the data remains part of the stream (RFC 9293 section
   * 3.8.5, RFC 6093).
   *
   * @param bytes number of unread bytes up to the end of the urgent data, whether they have arrived or not
   */
  record UrgentData(int bytes) implements TcpNotice {}
}
