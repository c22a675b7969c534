package io.reactorstack.testing;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExportsTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * Finds the methods in a module's sources that return a Flux or a Mono to users, and checks that their Javadoc
 * describes backpressure, buffer ownership, threading and cancellation.
 */
public final class ReactiveJavadoc {

  /** The required subjects, in bold print; the Javadoc may refer to that of another method. */
  private static final List<String> SUBJECTS = List.of("Backpressure", "Buffer ownership", "Threading", "Cancellation");

  private static final Pattern REACTIVE = Pattern.compile("(reactor\\.core\\.publisher\\.)?(Flux|Mono)\\b.*");

  private final Set<String> exported = new TreeSet<>();
  /** For each method, the subjects missing from its Javadoc. */
  private final TreeMap<String, List<String>> missing = new TreeMap<>();

  private ReactiveJavadoc() {}

  /**
   * Returns the public methods in the exported packages of the module at {@code sources} that return a Flux or a Mono.
   */
  public static ReactiveJavadoc of(Path sources) throws IOException {
    ReactiveJavadoc javadoc = new ReactiveJavadoc();
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "a JDK, not a JRE");
    try (var files = compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8);
        Stream<Path> paths = Files.walk(sources)) {
      List<Path> all = paths.filter(path -> path.toString().endsWith(".java")).toList();
      JavacTask task = (JavacTask) compiler.getTask(null, files, null, List.of("-proc:none"), null,
          files.getJavaFileObjectsFromPaths(all));
      List<CompilationUnitTree> units = new ArrayList<>();
      task.parse().forEach(units::add);
      units.forEach(unit -> javadoc.new Exports().scan(unit, null));
      if (javadoc.exported.isEmpty()) {
        throw new AssertionError("no module with exported packages at " + sources.toAbsolutePath());
      }
      DocTrees docs = DocTrees.instance(task);
      units.stream().filter(javadoc::isExported).forEach(unit -> javadoc.new Methods(docs).scan(unit, null));
    }
    return javadoc;
  }

  private boolean isExported(CompilationUnitTree unit) {
    return unit.getPackageName() != null && exported.contains(unit.getPackageName().toString());
  }

  /** The number of methods found. */
  public int methods() {
    return missing.size();
  }

  /** Returns the methods whose Javadoc is incomplete, each with the missing subjects. */
  public List<String> incomplete() {
    return missing.entrySet().stream().filter(method -> !method.getValue().isEmpty())
        .map(method -> method.getKey() + " says nothing of " + String.join(", ", method.getValue())).toList();
  }

  private static List<String> unspoken(@Nullable String comment) {
    String text = comment == null ? "" : comment.replaceAll("\\s+", " ");
    return SUBJECTS.stream().filter(subject -> !text.contains("<b>" + subject)).toList();
  }

  private final class Exports extends TreePathScanner<@Nullable Void, @Nullable Void> {

    @Override
    public @Nullable Void visitExports(ExportsTree node, @Nullable Void unused) {
      exported.add(node.getPackageName().toString());
      return null;
    }
  }

  private final class Methods extends TreePathScanner<@Nullable Void, @Nullable Void> {

    private final DocTrees docs;

    Methods(DocTrees docs) {
      this.docs = docs;
    }

    @Override
    public @Nullable Void visitMethod(MethodTree method, @Nullable Void unused) {
      Tree type = method.getReturnType();
      if (type != null && REACTIVE.matcher(type.toString()).matches() && isPublic(getCurrentPath())) {
        String comment = docs.getDocComment(getCurrentPath());
        // An overriding method without Javadoc inherits that of the overridden one.
        if (comment != null || !overrides(method)) {
          missing.put(nameOf(method), unspoken(comment));
        }
      }
      // Types and lambdas inside a method are not API.
      return null;
    }

    private boolean overrides(MethodTree method) {
      return method.getModifiers().getAnnotations().stream().map(AnnotationTree::getAnnotationType)
          .anyMatch(annotation -> annotation.toString().equals("Override"));
    }

    private String nameOf(MethodTree method) {
      String owner = ((ClassTree) getCurrentPath().getParentPath().getLeaf()).getSimpleName().toString();
      return getCurrentPath().getCompilationUnit().getPackageName() + "." + owner + "#" + method.getName()
          + method.getParameters().stream().map(parameter -> parameter.getType().toString()).toList();
    }

    /** Returns whether the member at {@code path} and all its enclosing types are public or protected. */
    private boolean isPublic(TreePath path) {
      for (TreePath at = path; at.getLeaf() instanceof MethodTree || at.getLeaf() instanceof ClassTree; at = at
          .getParentPath()) {
        Set<Modifier> modifiers = at.getLeaf() instanceof MethodTree method
            ? method.getModifiers().getFlags()
            : ((ClassTree) at.getLeaf()).getModifiers().getFlags();
        boolean implicitly = at.getParentPath().getLeaf().getKind() == Tree.Kind.INTERFACE
            && !modifiers.contains(Modifier.PRIVATE);
        if (!implicitly && !modifiers.contains(Modifier.PUBLIC) && !modifiers.contains(Modifier.PROTECTED)) {
          return false;
        }
      }
      return true;
    }
  }
}
