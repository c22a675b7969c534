/** What every test of every module shares. */
@NullMarked
package io.reactorstack.testing;

import org.jspecify.annotations.NullMarked;
