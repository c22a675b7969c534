/** The TCP protocol machine, pure: no clock, no thread, no I/O; time is an argument. */
@NullMarked
package io.reactorstack.tcp.engine;

import org.jspecify.annotations.NullMarked;
