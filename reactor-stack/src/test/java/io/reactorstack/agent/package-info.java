/** The stack in virtual time behind a Unix-domain socket, for an external test driver. */
@NullMarked
package io.reactorstack.agent;

import org.jspecify.annotations.NullMarked;
