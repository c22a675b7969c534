/**
 * Test support for all modules.
 *
 * <p>{@code TestHost} and {@code TwoShards} are hosts on a manual loop in virtual time, {@code Packets} and {@code TestPackets} build input, and
 * {@code FrameBalance} checks that each frame is counted once. {@code NetworkNamespace} and {@code ExternalCommand} are for tests with real peers;
 * {@code @RequiresNetAdmin} skips these tests without privileges. {@code @Requirement} names the clause of an RFC that a test checks.
 */
@NullMarked
package io.reactorstack.testing;

import org.jspecify.annotations.NullMarked;
