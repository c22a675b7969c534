/** The stack in virtual time behind a Unix-domain socket, for a test driver outside. */
@NullMarked
package io.reactorstack.agent;

import org.jspecify.annotations.NullMarked;
