/** A small authoritative DNS server on the stack, for the lab and for tests. */
@NullMarked
package io.reactorstack.dns.server;

import org.jspecify.annotations.NullMarked;
