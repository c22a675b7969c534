/**
 * The way down through the internet layer: {@link io.reactorstack.ip.output.IpOutput} writes the headers of one interface's packets
 * and names their next hops, or gives them back to their originators.
 */
@NullMarked
package io.reactorstack.ip.output;

import org.jspecify.annotations.NullMarked;
