/**
 * Unmodified clients and servers built on Netty that run on the stack, as tests against Debian's servers and clients.
 * They show the code that a user writes to move such a program onto the stack.
 */
package io.reactorstack.http.examples;
