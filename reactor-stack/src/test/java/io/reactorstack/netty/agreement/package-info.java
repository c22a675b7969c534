/** The channels beside Netty's NIO transport on the kernel: the same plays, the same observations. */
@NullMarked
package io.reactorstack.netty.agreement;

import org.jspecify.annotations.NullMarked;
