/** UDP sockets. */
@NullMarked
package io.reactorstack.udp;

import org.jspecify.annotations.NullMarked;
