/** Transports within one JVM. */
@NullMarked
package io.reactorstack.device.memory;

import org.jspecify.annotations.NullMarked;
