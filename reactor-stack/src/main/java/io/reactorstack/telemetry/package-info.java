/** What one can see: events, metrics, flight-recorder events and the story of an exchange. */
@NullMarked
package io.reactorstack.telemetry;

import org.jspecify.annotations.NullMarked;
