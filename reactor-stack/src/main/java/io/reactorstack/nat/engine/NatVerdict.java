package io.reactorstack.nat.engine;

import io.netty.buffer.ByteBuf;

/** The decision of a {@link NatEngine} about one packet. Except for {@link Held}, the caller owns the packet again. */
public sealed interface NatVerdict {

  /** The way of a translated packet. */
  enum Path {
    /** From inside to outside: the source has changed. */
    OUTBOUND,
    /** From outside to inside: the destination has changed, and with it the route. */
    INBOUND,
    /** From one inside host to another by its outside address: both ends have changed, and with them the route. */
    HAIRPIN
  }

  /** The "destination unreachable" message to be sent to the source of a refused packet. */
  enum Answer {
    /** No message. */
    NONE(-1),
    /** Code 3, port unreachable (RFC 5382 REQ-4). */
    PORT_UNREACHABLE(3),
    /** Code 13, communication administratively prohibited (RFC 5508 REQ-8). */
    PROHIBITED(13);

    private final int code;

    Answer(int code) {
      this.code = code;
    }

    /** The code of the message, or -1 for no message. */
    public int code() {
      return code;
    }
  }

  /**
   * The packet was translated in place and is to be forwarded by its destination address.
   *
   * @param packet the packet, with its header at the reader index
   * @param path the way of the packet
   */
  record Translated(ByteBuf packet, Path path) implements NatVerdict {}

  /** No translation applies: the packet is for the translator's own host, or does not belong to an inside host. */
  record PassedThrough(ByteBuf packet) implements NatVerdict {}

  /** The engine has kept the packet. {@link NatEngine#poll} returns its verdict later. */
  record Held() implements NatVerdict {}

  /**
   * The packet is to be dropped.
   *
   * @param packet the packet as it was received, for the quote of the answer
   * @param reason the reason to count
   * @param answer the message to be sent to the source
   */
  record Refused(ByteBuf packet, NatDrop reason, Answer answer) implements NatVerdict {}
}
