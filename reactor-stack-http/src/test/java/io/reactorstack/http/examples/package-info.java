/**
 * Programs that are built on Netty, on the stack as they are: what a user writes to move a client or a server onto it, as
 * tests against servers and clients of Debian.
 */
package io.reactorstack.http.examples;
