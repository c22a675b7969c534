package io.reactorstack.dns;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Ticker;
import io.reactorstack.layer.Drops;
import java.util.random.RandomGenerator;

/**
 * What a resolver lives on, all of it the stack's.
 *
 * @param loop where everything happens, and whose clock counts
 * @param random where message ids come from
 * @param drops where ignored answers are counted
 * @param transport how messages travel
 */
record DnsEnvironment(EventLoop loop, RandomGenerator random, Drops drops, DnsTransport transport) {

  Ticker ticker() {
    return loop.ticker();
  }
}
