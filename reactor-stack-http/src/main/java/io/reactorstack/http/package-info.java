/** Reactor Netty's HTTP client on the stack. */
@NullMarked
package io.reactorstack.http;

import org.jspecify.annotations.NullMarked;
