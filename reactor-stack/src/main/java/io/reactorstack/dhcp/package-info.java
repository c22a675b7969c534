/** The DHCP client. */
@NullMarked
package io.reactorstack.dhcp;

import org.jspecify.annotations.NullMarked;
