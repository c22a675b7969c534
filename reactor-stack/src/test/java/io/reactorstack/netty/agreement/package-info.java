/**
 * Compares the stack's channels with Netty's NIO transport on the kernel: the same cases run on both, and their
 * observations are compared.
 *
 * <p>Read {@code AgreementTest} first. A {@code Case} is performed on a {@code Net}, which is a {@code NioNet} or a
 * {@code StackNet}, and records its observations in a {@code Seen}. The classes {@code …Cases} contain the cases; the
 * result is the table {@code agreement.md} of the test resources.
 */
@NullMarked
package io.reactorstack.netty.agreement;

import org.jspecify.annotations.NullMarked;
