/**
 * The failure report of a lab: the state of a world at one instant, as text for people.
 *
 * <p>Read {@link io.reactorstack.lab.report.WorldReport} and {@link io.reactorstack.lab.report.ReportText} first. The lab
 * reads a {@code WorldReport} on the world's own thread without formatting anything. It consists of records of numbers
 * and of the stack's own values: one for each host ({@link io.reactorstack.lab.report.HostReport}), one for each
 * direction of a wire ({@link io.reactorstack.lab.report.WireReport}), the awaited publisher, the last log lines, and the
 * last frames ({@link io.reactorstack.lab.report.KeptFrames}). {@code ReportText} formats it later, when the text is
 * requested, and also writes the story and a capture of the kept frames.
 *
 * <p>A {@link io.reactorstack.lab.report.ReportPart} that could not be read contains the reason: the report of a failure must
 * not fail itself.
 *
 * <p>Not exported; {@code LabReport} is its public form.
 */
@NullMarked
package io.reactorstack.lab.report;

import org.jspecify.annotations.NullMarked;
