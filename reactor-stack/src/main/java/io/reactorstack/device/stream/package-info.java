/** Ethernet over a stream socket: a way to other virtual machines, and out to the real network, that needs no privilege. */
@NullMarked
package io.reactorstack.device.stream;

import org.jspecify.annotations.NullMarked;
