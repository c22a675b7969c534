/** The internet layer: IPv4 and IPv6 stages, routing, fragmentation and reassembly. */
@NullMarked
package io.reactorstack.ip;

import org.jspecify.annotations.NullMarked;
