/** What every floor shares: addresses, sequence numbers, checksums and the facts a device adds to a packet. */
@NullMarked
package io.reactorstack.packet;

import org.jspecify.annotations.NullMarked;
