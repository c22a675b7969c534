/**
 * The configuration files of a resolver that runs on the kernel's sockets.
 *
 * <p>{@link io.reactorstack.dns.address.ResolvConf} parses {@code resolv.conf}.
 * {@link io.reactorstack.dns.address.WatchedFile} keeps the content of a file up to date, and reads it off the event
 * loop by means of {@link io.reactorstack.dns.address.Refreshed}.
 */
@NullMarked
package io.reactorstack.dns.address;

import org.jspecify.annotations.NullMarked;
