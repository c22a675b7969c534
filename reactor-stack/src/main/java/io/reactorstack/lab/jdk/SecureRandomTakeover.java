package io.reactorstack.lab.jdk;

import io.reactorstack.lab.jdk.Takeover.Refused;
import io.reactorstack.lab.world.World;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.SecureRandomSpi;
import java.security.Security;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * Takes over the cryptographic random numbers of the JDK: on the threads of a world, {@code new SecureRandom()} and
 * {@code SecureRandom.getInstanceStrong()} draw numbers that the world's seed determines, and so do the keys, nonces
 * and UUIDs made from them. On other threads they are unchanged. An algorithm requested by name is not taken over.
 */
public final class SecureRandomTakeover {

  private static final String NAME = "reactor-stack-lab";
  private static final String ALGORITHM = "World";

  private static final String REMEDY = "SecureRandom and UUID.randomUUID differ from run to run.";

  /** The result of the takeover: if it succeeded, these numbers depend only on the world's seed on its threads. */
  public static final Takeover TAKEOVER = Takeover.attempt("the cryptographic chance of the JDK", REMEDY,
      SecureRandomTakeover::install);

  private SecureRandomTakeover() {}

  private static void install() throws Exception {
    Outside.ORDINARY.nextBytes(new byte[1]);
    Security.insertProviderAt(new WorldProvider(), 1);
    Security.setProperty("securerandom.strongAlgorithms", ALGORITHM + ":" + NAME + ","
        + Security.getProperty("securerandom.strongAlgorithms"));
    SecureRandom drawn = new SecureRandom();
    if (!drawn.getAlgorithm().equals(ALGORITHM)) {
      throw new Refused("another provider has precedence over the lab's");
    }
    if (JdkRandom.TAKEOVER.stands()
        && !Objects.equals(SelfTestWorld.ask(UUID::randomUUID), SelfTestWorld.ask(UUID::randomUUID))) {
      throw new Refused("two threads with one seed draw different numbers");
    }
  }

  /** The generators that the JDK used before; a separate class, initialized before the provider is installed. */
  private static final class Outside {

    static final SecureRandom ORDINARY = new SecureRandom();
    static final SecureRandom STRONG = strong();

    private static SecureRandom strong() {
      try {
        return SecureRandom.getInstanceStrong();
      } catch (NoSuchAlgorithmException e) {
        return ORDINARY;
      }
    }
  }

  private static final class WorldProvider extends Provider {

    private static final long serialVersionUID = 1L;

    WorldProvider() {
      super(NAME, "1", "chance of worlds of the lab");
      putService(new Service(this, "SecureRandom", ALGORITHM, Chance.class.getName(), null,
          Map.of("ThreadSafe", "true")) {
        @Override
        public Object newInstance(Object parameter) {
          return new Chance();
        }
      });
    }
  }

  /** The generator behind one {@code SecureRandom}; it has no state of its own. */
  private static final class Chance extends SecureRandomSpi {

    private static final long serialVersionUID = 1L;

    /**
     * Ignores the seed: in a world the numbers must depend on the world's seed only, and outside the JDK's generator
     * needs none.
     */
    @Override
    protected void engineSetSeed(byte[] seed) {
      // See above.
    }

    @Override
    protected void engineNextBytes(byte[] bytes) {
      World world = World.current();
      if (world == null) {
        Outside.ORDINARY.nextBytes(bytes);
      } else {
        drawn(world).nextBytes(bytes);
      }
    }

    @Override
    protected byte[] engineGenerateSeed(int count) {
      World world = World.current();
      if (world == null) {
        return Outside.STRONG.generateSeed(count);
      }
      byte[] bytes = new byte[count];
      drawn(world).nextBytes(bytes);
      return bytes;
    }

    private static RandomGenerator drawn(World world) {
      return world.kept(Chance.class, RandomGenerator.class, made -> made.random("SecureRandom"));
    }
  }
}
