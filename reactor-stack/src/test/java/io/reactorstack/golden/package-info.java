/** Tables of what TCP achieves in simulated networks, checked in and compared exactly. */
package io.reactorstack.golden;
