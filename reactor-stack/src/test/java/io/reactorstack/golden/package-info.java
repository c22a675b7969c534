/** Tables of TCP's performance in simulated networks, checked in and compared exactly. */
package io.reactorstack.golden;
