/**
 * The configuration of users and machines about names: a resolver's search list and hosts, and the files that hold them.
 *
 * <p>{@link io.reactorstack.dns.configuration.SearchList} completes short names, and
 * {@link io.reactorstack.dns.configuration.HostsTable} has addresses that need no query.
 * {@link io.reactorstack.dns.configuration.ResolvConf} reads {@code resolv.conf}, and
 * {@link io.reactorstack.dns.configuration.WatchedFile} notices that such a file changes.
 */
@NullMarked
package io.reactorstack.dns.configuration;

import org.jspecify.annotations.NullMarked;
