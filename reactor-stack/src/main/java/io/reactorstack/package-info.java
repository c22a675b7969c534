/** One host: devices, addresses, routes and sockets behind an immutable builder. */
@NullMarked
package io.reactorstack;

import org.jspecify.annotations.NullMarked;
