/**
 * Reactor Netty's HTTP client on the stack.
 *
 * <p>{@link io.reactorstack.http.StackHttp} gives an {@code HttpClient} that runs on the stack's channels and resolver, a pool
 * whose times follow the stack's clock, and one more try for a request that met a connection which the server had closed. The
 * protocols themselves, HTTP/1.1, HTTP/2, HTTP/3 and TLS, are Reactor Netty's and Netty's.
 */
@NullMarked
package io.reactorstack.http;

import org.jspecify.annotations.NullMarked;
