/** The link layer: frames and VLAN tags. */
@NullMarked
package io.reactorstack.ethernet;

import org.jspecify.annotations.NullMarked;
