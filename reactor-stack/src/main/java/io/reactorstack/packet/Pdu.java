package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;

/**
 * A protocol data unit, received or to be sent. It owns one reference to the buffer that holds its bytes.
 *
 * <p>Buffer ownership: the receiver of a PDU owns that reference. It either passes the PDU on, and with it the
 * reference, or releases it.
 */
public interface Pdu {

  /** The bytes of this unit's payload, from reader index to writer index. */
  ByteBuf payload();

  /** Releases the reference to the payload. */
  default void release() {
    payload().release();
  }
}
