/** The DNS resolver on the stack's UDP and TCP. */
@NullMarked
package io.reactorstack.dns;

import org.jspecify.annotations.NullMarked;
