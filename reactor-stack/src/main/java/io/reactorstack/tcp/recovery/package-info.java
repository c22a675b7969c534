/** Loss detection and recovery: what is lost, and when it is sent again. */
@NullMarked
package io.reactorstack.tcp.recovery;

import org.jspecify.annotations.NullMarked;
