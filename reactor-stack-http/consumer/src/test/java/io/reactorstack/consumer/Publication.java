package io.reactorstack.consumer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

/** The folder to which the build has published its artefacts, in the layout of a remote repository. */
record Publication(Path folder) {

  private static final Path GROUP = Path.of("io", "reactorstack");

  /** The date and number that replace "SNAPSHOT" in a remote repository. */
  private static final Pattern UNIQUE = Pattern.compile("-\\d{8}\\.\\d{6}-\\d+");

  /** Returns the publication of the build that runs this test. */
  static Publication ofThisBuild() {
    return new Publication(Path.of(property("published")));
  }

  /** Returns a property that the build passes to its tests. */
  static String property(String name) {
    return Objects.requireNonNull(System.getProperty(name), () -> name + ": this test runs only in the Maven build");
  }

  /** Returns the names of the artefacts. */
  List<String> artefacts() {
    try (Stream<Path> folders = Files.list(folder.resolve(GROUP))) {
      return folders.map(artefact -> artefact.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the files of an artefact by their names in a local repository. */
  List<String> files(String artefact) {
    return paths(artefact).map(Publication::localName).sorted().toList();
  }

  /** Returns the published POM of an artefact, as text. */
  String pom(String artefact) {
    return Objects.requireNonNull(paths(artefact).filter(file -> file.toString().endsWith(".pom")).map(file -> {
      try {
        return Files.readString(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }).reduce(null, (older, newer) -> newer), artefact);
  }

  /** Returns the root element of a POM. */
  static Element parse(String pom) {
    try {
      return DocumentBuilderFactory.newInstance().newDocumentBuilder()
          .parse(new ByteArrayInputStream(pom.getBytes(StandardCharsets.UTF_8)))
          .getDocumentElement();
    } catch (ParserConfigurationException | SAXException | IOException e) {
      throw new IllegalArgumentException(pom, e);
    }
  }

  /** Copies all files to a local repository, as "mvn install" would do. */
  void installTo(Path repository) throws IOException {
    for (String artefact : artefacts()) {
      for (Path file : paths(artefact).toList()) {
        Path version = folder.relativize(file.getParent());
        Path to = Files.createDirectories(repository.resolve(version)).resolve(localName(file));
        Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private Stream<Path> paths(String artefact) {
    try (Stream<Path> all = Files.walk(folder.resolve(GROUP).resolve(artefact))) {
      return all.filter(file -> file.toString().endsWith(".jar") || file.toString().endsWith(".pom")).sorted().toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String localName(Path file) {
    return UNIQUE.matcher(file.getFileName().toString()).replaceFirst("-SNAPSHOT");
  }
}
