package io.reactorstack.tcp.engine;

import org.jspecify.annotations.Nullable;

/**
 * What an active open has learnt of the server's Fast Open (RFC 7413 section 4.1.3).
 *
 * @param asked whether the SYN carried the option
 * @param dropped whether it had to be sent again, without the option
 * @param dataSent bytes of data in the SYN
 * @param dataAcknowledged of these, how many the SYN-ACK acknowledged
 * @param cookie the cookie that came with the SYN-ACK, or {@code null}
 * @param peerMss the server's MSS, in bytes
 */
public record FastOpenResult(
    boolean asked,
    boolean dropped,
    int dataSent,
    int dataAcknowledged,
    byte @Nullable [] cookie,
    int peerMss) {}
