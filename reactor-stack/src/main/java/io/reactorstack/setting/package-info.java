/**
 * Checks of what a user sets, so that every builder of the house refuses a wrong value at the call and in the same words.
 *
 * <p>{@link io.reactorstack.setting.Checks} has one method for each kind of value: numbers and durations with a range, shares,
 * names, and references. Each returns the value it was given, or throws an {@code IllegalArgumentException} that names the
 * setting, the value, the range and its unit; a missing value is a {@code NullPointerException} that names the setting.
 *
 * <p>The room is exported to the house's own modules only. It imports nothing.
 */
@NullMarked
package io.reactorstack.setting;

import org.jspecify.annotations.NullMarked;
