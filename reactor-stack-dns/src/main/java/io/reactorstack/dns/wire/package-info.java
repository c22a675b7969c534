/** How DNS messages travel over TCP, for the resolver and the server. */
@NullMarked
package io.reactorstack.dns.wire;

import org.jspecify.annotations.NullMarked;
