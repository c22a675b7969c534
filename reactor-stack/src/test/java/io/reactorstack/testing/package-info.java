/** Helpers that the tests of all modules share. */
@NullMarked
package io.reactorstack.testing;

import org.jspecify.annotations.NullMarked;
