/** Congestion control: how much may be in flight. */
@NullMarked
package io.reactorstack.tcp.congestion;

import org.jspecify.annotations.NullMarked;
