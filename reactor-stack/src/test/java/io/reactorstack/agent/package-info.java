/**
 * The packet agent: the stack in virtual time behind a Unix-domain socket, for an external test driver.
 *
 * <p>{@code PacketAgent} is the main class and accepts drivers. A {@code Session} reads the {@code Request}s of one driver: socket calls, packets
 * for the stack, and steps of the virtual time. {@code TestedStack} is the stack with its {@code Sockets}; the packets that it sends go back
 * to the driver.
 */
@NullMarked
package io.reactorstack.agent;

import org.jspecify.annotations.NullMarked;
