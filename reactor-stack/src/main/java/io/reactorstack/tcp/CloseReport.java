package io.reactorstack.tcp;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.engine.CloseCause;
import io.reactorstack.tcp.engine.TcpInfo;
import java.time.Duration;

/**
 * How a connection ended: who ended it and by what.
 *
 * @param local this end
 * @param remote the peer's end
 * @param cause by what it ended
 * @param lifetime from the SYN to the end
 * @param info how it stood at the end
 */
public record CloseReport(Endpoint local, Endpoint remote, CloseCause cause, Duration lifetime, TcpInfo info) {}
