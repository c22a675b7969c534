/** Address resolution: one neighbour cache and state machine, spoken to by ARP and NDP. */
@NullMarked
package io.reactorstack.neighbor;

import org.jspecify.annotations.NullMarked;
