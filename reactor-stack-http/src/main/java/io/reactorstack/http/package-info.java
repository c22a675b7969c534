/**
 * Reactor Netty's HTTP client and server on the stack.
 *
 * <p>{@link io.reactorstack.http.StackHttp} creates an {@code HttpClient} or {@code HttpServer} that runs on the
 * stack's channels and resolver, and a connection pool whose times follow the stack's clock ({@code PoolClock}). It
 * also offers a retry for a request that used a connection which the server had already closed ({@code UnansweredRequest}
 * recognizes such a failure).
 *
 * <p>The protocols themselves, HTTP/1.1, HTTP/2, HTTP/3 and TLS, are those of Reactor Netty and Netty.
 */
@NullMarked
package io.reactorstack.http;

import org.jspecify.annotations.NullMarked;
