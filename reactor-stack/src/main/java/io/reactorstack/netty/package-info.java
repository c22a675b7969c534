/** Netty channels and Reactor Netty loop resources on the stack. */
@NullMarked
package io.reactorstack.netty;

import org.jspecify.annotations.NullMarked;
