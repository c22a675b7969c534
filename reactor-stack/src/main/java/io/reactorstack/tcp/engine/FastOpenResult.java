package io.reactorstack.tcp.engine;

import org.jspecify.annotations.Nullable;

/**
 * The result of TCP Fast Open in the handshake of an active open (RFC 7413 section 4.1.3).
 *
 * @param asked whether the SYN carried the option
 * @param dropped whether the SYN had to be sent again, without the option
 * @param dataSent bytes of data in the SYN
 * @param dataAcknowledged bytes of that data that the SYN-ACK acknowledged
 * @param cookie the cookie in the SYN-ACK, or {@code null}
 * @param peerMss the server's MSS, in bytes
 */
public record FastOpenResult(
    boolean asked,
    boolean dropped,
    int dataSent,
    int dataAcknowledged,
    byte @Nullable [] cookie,
    int peerMss) {}
