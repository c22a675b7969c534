package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;

/**
 * A protocol data unit on its way up or down: it owns one reference to the buffer that holds its bytes.
 *
 * <p>Whoever receives a PDU owns that reference and either passes it on with the PDU or releases it.
 */
public interface Pdu {

  /** The bytes of this unit's payload, from reader index to writer index. */
  ByteBuf payload();

  /** Gives up the reference to the payload. */
  default void release() {
    payload().release();
  }
}
