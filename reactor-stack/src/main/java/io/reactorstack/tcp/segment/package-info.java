/** The TCP segment: header, options, and their parser. */
@NullMarked
package io.reactorstack.tcp.segment;

import org.jspecify.annotations.NullMarked;
