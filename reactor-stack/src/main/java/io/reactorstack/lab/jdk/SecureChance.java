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
 * The cryptographic chance of the JDK: what {@code new SecureRandom()} and {@code SecureRandom.getInstanceStrong()} draw, on threads
 * of a world, is decided by the world's seed, and so are keys, nonces and UUIDs made of it. On other threads they are what they
 * were. An algorithm that is asked for by its name is not taken over.
 */
public final class SecureChance {

  private static final String NAME = "reactor-stack-lab";
  private static final String ALGORITHM = "World";

  private static final String REMEDY = "SecureRandom and UUID.randomUUID differ from run to run.";

  /** Whether the cryptographic chance of a world's threads comes from its seed. */
  public static final Takeover TAKEOVER = Takeover.attempt("the cryptographic chance of the JDK", REMEDY,
      SecureChance::install);

  private SecureChance() {}

  private static void install() throws Exception {
    Outside.ORDINARY.nextBytes(new byte[1]);
    Security.insertProviderAt(new WorldProvider(), 1);
    Security.setProperty("securerandom.strongAlgorithms", ALGORITHM + ":" + NAME + ","
        + Security.getProperty("securerandom.strongAlgorithms"));
    SecureRandom drawn = new SecureRandom();
    if (!drawn.getAlgorithm().equals(ALGORITHM)) {
      throw new Refused("another provider stands before the lab's");
    }
    if (JdkChance.TAKEOVER.stands()
        && !Objects.equals(SelfTestWorld.ask(UUID::randomUUID), SelfTestWorld.ask(UUID::randomUUID))) {
      throw new Refused("two threads with one seed draw different numbers");
    }
  }

  /** The generator that the JDK used before; a class of its own, made before the provider is there. */
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

  /** One generator of a user; it has no state of its own. */
  private static final class Chance extends SecureRandomSpi {

    private static final long serialVersionUID = 1L;

    /** A seed that a user adds makes nothing more random in a world, and outside the JDK has enough. */
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
