/** A simulated network in one JVM, in virtual time. */
@NullMarked
package io.reactorstack.lab;

import org.jspecify.annotations.NullMarked;
