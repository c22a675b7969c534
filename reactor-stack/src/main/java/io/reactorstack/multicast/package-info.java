/** Group membership: IGMP and MLD. */
@NullMarked
package io.reactorstack.multicast;

import org.jspecify.annotations.NullMarked;
