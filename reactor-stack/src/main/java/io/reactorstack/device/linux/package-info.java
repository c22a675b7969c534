/** Transports of the Linux kernel (TAP, TUN and packet sockets) through the foreign-function interface. */
@NullMarked
package io.reactorstack.device.linux;

import org.jspecify.annotations.NullMarked;
