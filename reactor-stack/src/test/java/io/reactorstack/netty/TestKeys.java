package io.reactorstack.netty;

import io.reactorstack.testing.ExternalCommand;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;

/** A key pair with a self-signed certificate, created by the JDK's keytool. */
public final class TestKeys {

  private static final String PASSWORD = "not-secret";

  private TestKeys() {}

  public static KeyManagerFactory keyManagers() throws IOException, GeneralSecurityException {
    Path folder = Files.createTempDirectory("keys");
    Path store = folder.resolve("keys.p12");
    try {
      ExternalCommand.run(Duration.ofMinutes(1), List.of(
          Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "server",
          "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=test", "-validity", "2", "-storetype", "PKCS12",
          "-keystore", store.toString(), "-storepass", PASSWORD)).orThrow();
      KeyStore keys = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(store)) {
        keys.load(in, PASSWORD.toCharArray());
      }
      KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(keys, PASSWORD.toCharArray());
      return managers;
    } finally {
      Files.deleteIfExists(store);
      Files.delete(folder);
    }
  }
}
