/** Raw-frame transports and their decorators. */
@NullMarked
package io.reactorstack.device;

import org.jspecify.annotations.NullMarked;
