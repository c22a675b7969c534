/**
 * One query to one server (RFC 1035 section 4.2, RFC 5452).
 *
 * <p>{@link io.reactorstack.dns.exchange.Exchange} is the entry point: it sends a
 * {@link io.reactorstack.dns.exchange.Query} to a server and returns the {@link io.reactorstack.dns.exchange.Reply}, whatever
 * response code that has. It uses UDP first, with EDNS (RFC 6891), a cookie (RFC 7873) and a random letter case; and TCP
 * when the response is truncated or forged responses arrive. {@code Connections} keeps one TCP connection for each
 * server and sends many queries over it (RFC 7766).
 *
 * <p>{@link io.reactorstack.dns.exchange.ServerBook} remembers for each server its round-trip time, its failures and the
 * extensions that it supports, and orders servers by that.
 */
@NullMarked
package io.reactorstack.dns.exchange;

import org.jspecify.annotations.NullMarked;
