package io.reactorstack.consumer;

import static io.reactorstack.consumer.Publication.property;

import io.reactorstack.testing.ExternalCommand;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Maven build of the projects in {@code src/it}, in a separate process and with its own local repository.
 *
 * <p>The project's own artefacts come from the publication only. All other artefacts are links into the ordinary local
 * repository, so that the build downloads nothing twice, and works without a network if they were downloaded before.
 */
final class ConsumerBuild {

  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Duration SHORT = Duration.ofMinutes(1);

  private static ConsumerBuild shared;

  private final Path repository;
  private final Path projects;

  private ConsumerBuild(Path target) {
    repository = target.resolve("repository");
    projects = target.resolve("projects");
  }

  /** Returns the projects, built once against the artefacts that this build publishes. */
  static synchronized ConsumerBuild ofThisBuild() throws IOException {
    if (shared == null) {
      shared = of(Publication.ofThisBuild());
    }
    return shared;
  }

  private static ConsumerBuild of(Publication publication) throws IOException {
    ConsumerBuild build = new ConsumerBuild(Path.of("target").toAbsolutePath());
    build.prepareRepository(publication);
    delete(build.projects);
    copy(Path.of("src", "it"), build.projects);
    ExternalCommand.run(LONG, build.maven("package", "-Dmaven.test.skip=true")).orThrow();
    return build;
  }

  /** Returns the jars that Maven has resolved for a project, from its run-time class path. */
  List<Path> jars(String project) throws IOException {
    try (JarFile jar = new JarFile(target(project).resolve(project + "-1.jar").toFile())) {
      String classPath = jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
      return Arrays.stream(classPath.split(" ")).map(repository::resolve).toList();
    }
  }

  /** Returns the jars by their path in the repository: group, artefact, version and file name. */
  List<String> coordinates(String project) throws IOException {
    return jars(project).stream().map(jar -> repository.relativize(jar).toString().replace(File.separatorChar, '/'))
        .toList();
  }

  /** Returns one of the project's own jars in the repository. */
  Path jar(String artefact, String classifier) {
    String version = property("project.version");
    return repository.resolve(Path.of("io", "reactorstack", artefact, version,
        artefact + "-" + version + "-" + classifier + ".jar"));
  }

  /** Returns the path to run a project with: its classes and its jars. */
  String path(String project) throws IOException {
    return Stream.concat(Stream.of(target(project).resolve("classes")), jars(project).stream()).map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Returns the folder of a project; a test that owns the project may change it. */
  Path folder(String project) {
    return projects.resolve(project);
  }

  /** Runs the tests of a project with Maven and the given arguments. */
  ExternalCommand.Result test(String project, String... arguments) {
    List<String> command = new ArrayList<>(List.of("test", "-pl", project));
    command.addAll(List.of(arguments));
    return ExternalCommand.run(LONG, maven(command.toArray(String[]::new)));
  }

  /** Runs java with these arguments and returns its output. */
  static String java(String... arguments) {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(List.of(arguments));
    return ExternalCommand.run(SHORT, command).orThrow();
  }

  private Path target(String project) {
    return projects.resolve(project).resolve("target");
  }

  private List<String> maven(String... arguments) {
    List<String> command = new ArrayList<>(List.of(
        Path.of(property("maven.home"), "bin", "mvn").toString(), "-B", "-ntp", "-f", projects.toString()));
    command.add("-Dmaven.repo.local=" + repository);
    command.add("-Dreactor-stack.version=" + property("project.version"));
    command.add("-Djunit.version=" + property("junit.version"));
    for (String plugin : List.of("clean", "compiler", "install", "jar", "resources", "surefire", "toolchains")) {
      command.add("-D" + plugin + ".version=" + property("plugin." + plugin + ".version"));
    }
    if (property("maven.offline").equals("offline:true")) {
      command.add("-o");
    }
    settings("-s", "maven.settings.user", command);
    settings("-gs", "maven.settings.global", command);
    command.addAll(List.of(arguments));
    return command;
  }

  private static void settings(String option, String name, List<String> command) {
    String file = property(name).substring("file:".length());
    if (Files.isRegularFile(Path.of(file))) {
      command.addAll(List.of(option, file));
    }
  }

  private void prepareRepository(Publication publication) throws IOException {
    delete(repository);
    Path ordinary = Path.of(property("maven.repository"));
    link(ordinary, repository, "io");
    link(ordinary.resolve("io"), repository.resolve("io"), "reactorstack");
    publication.installTo(repository);
  }

  /** Links all entries of {@code from}, except one folder, into {@code to}. */
  private static void link(Path from, Path to, String except) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> entries = Files.list(from)) {
      for (Path entry : entries.filter(entry -> !entry.endsWith(except)).toList()) {
        Files.createSymbolicLink(to.resolve(entry.getFileName()), entry);
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> entries = Files.walk(from)) {
      for (Path entry : entries.toList()) {
        Files.copy(entry, to.resolve(from.relativize(entry)));
      }
    }
  }

  /** Deletes a folder; of links in it, deletes only the links. */
  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(folder, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        Files.delete(file);
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
        Files.delete(visited);
        return FileVisitResult.CONTINUE;
      }
    });
  }
}
