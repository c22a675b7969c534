/**
 * Checks of the values that users set, so that every builder rejects a wrong value at the call and with the same
 * message.
 *
 * <p>{@link io.reactorstack.setting.Checks} has one method for each kind of value: numbers and durations with a range,
 * shares, names, and references. Each returns its argument, or throws an {@code IllegalArgumentException} that names
 * the setting, the value, the range and its unit; a missing value is a {@code NullPointerException} that names the
 * setting. Constructors of settings and builders call these methods; no code on the path of a packet does.
 *
 * <p>The package is exported only to the other modules of this project. It depends on no other package.
 */
@NullMarked
package io.reactorstack.setting;

import org.jspecify.annotations.NullMarked;
