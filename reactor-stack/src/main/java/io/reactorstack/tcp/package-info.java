/** TCP: connections, listeners, and what they tell about themselves. */
@NullMarked
package io.reactorstack.tcp;

import org.jspecify.annotations.NullMarked;
