/**
 * The addresses of hosts, as applications ask for them.
 *
 * <p>{@link io.reactorstack.dns.address.HostLookup} completes a name by the {@link io.reactorstack.dns.configuration.SearchList},
 * looks it up in the {@link io.reactorstack.dns.configuration.HostsTable} and among the names of special use
 * ({@link io.reactorstack.dns.resolve.SpecialNames}), and asks for its A and AAAA records otherwise.
 */
@NullMarked
package io.reactorstack.dns.address;

import org.jspecify.annotations.NullMarked;
