package io.reactorstack.lab.report;

import org.jspecify.annotations.Nullable;

/**
 * A line that was logged in a world.
 *
 * @param nanos the time on the loop's clock
 * @param level its level
 * @param host the host whose code logged it; {@code null} for code of no host
 * @param logger name of the logger
 * @param message the message
 */
public record LogLine(long nanos, String level, @Nullable String host, String logger, String message) {}
