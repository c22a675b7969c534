/** The shape of a stage: a pair of operators, the keyed demultiplexer and the pulled, fair transmit source. */
@NullMarked
package io.reactorstack.layer;

import org.jspecify.annotations.NullMarked;
