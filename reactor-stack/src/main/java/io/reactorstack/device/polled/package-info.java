/** What devices share that an event loop polls: the life of the device and of the subscriptions to its two directions. */
@NullMarked
package io.reactorstack.device.polled;

import org.jspecify.annotations.NullMarked;
