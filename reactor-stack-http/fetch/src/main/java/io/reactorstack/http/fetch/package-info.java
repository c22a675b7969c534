/** The {@code fetch} command. */
@NullMarked
package io.reactorstack.http.fetch;

import org.jspecify.annotations.NullMarked;
