package io.reactorstack.test.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.reactorstack.lab.Lab;
import io.reactorstack.test.LabTest;
import java.time.Duration;

/** Tests that a Caffeine cache whose maintenance runs on the calling threads follows the world's clock. */
class CacheTest {

  private static final Duration TTL = Duration.ofHours(1);

  @LabTest(seeds = 1)
  void anEntryExpiresAtItsInstant(Lab lab) {
    Cache<String, String> cache = Caffeine.newBuilder().expireAfterWrite(TTL).executor(Runnable::run).build();
    lab.run(() -> cache.put("key", "value"));
    lab.advance(TTL.minusNanos(1));
    assertThat(lab.<Long>call(cache::estimatedSize)).isEqualTo(1);
    assertThat(lab.call(() -> cache.asMap().containsKey("key"))).isTrue();
    lab.advance(Duration.ofNanos(1));
    assertThat(lab.call(() -> cache.asMap().containsKey("key"))).isFalse();
  }
}
