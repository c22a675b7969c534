/**
 * The failure report of a lab: what is known of a world at one instant, as text for people.
 *
 * <p>{@link io.reactorstack.lab.report.WorldLook} holds what was read from a world, on its own thread and without formatting anything; it is
 * made of records of numbers and of the stack's own values, one for each host ({@link io.reactorstack.lab.report.HostLook}) and for each
 * direction of a wire ({@link io.reactorstack.lab.report.WireLook}). {@link io.reactorstack.lab.report.ReportText} makes text of it later, when somebody asks.
 *
 * <p>A {@link io.reactorstack.lab.report.Part} that could not be read says why: a report of a failure must not fail itself.
 */
@NullMarked
package io.reactorstack.lab.report;

import org.jspecify.annotations.NullMarked;
