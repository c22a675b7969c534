/** ICMPv4 and ICMPv6: echo, errors in and out, and their rate limit. */
@NullMarked
package io.reactorstack.icmp;

import org.jspecify.annotations.NullMarked;
