package io.reactorstack.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Disabled;
import org.junit.platform.commons.annotation.Testable;

/**
 * Assigns to each clause of the RFCs the tests of one module that claim it, the reason why no test does, or the plan.
 *
 * <p>Of the files in {@code /requirements}, {@code clauses.csv} contains the clauses, one per row; {@code reasons.csv}
 * the clauses that are not followed, or do not apply to this project, with the reason; {@code planned.csv} those whose
 * behaviour or test is still to come. An applicable clause is in exactly one place: claimed by a test, or in one of the
 * two files.
 */
public final class RequirementTable {

  /** Layers whose clauses the module {@code reactor-stack} covers. */
  public static final Set<String> STACK_LAYERS = Set.of(
      "eth", "arp", "ndp", "ip", "ip6", "icmp", "icmp6", "igmp", "mld", "udp", "tcp", "dhcp", "nat");

  /** Layers whose clauses the module {@code reactor-stack-dns} covers. */
  public static final Set<String> DNS_LAYERS = Set.of("dns", "dot", "doh", "he");

  /** Layers whose clauses the module {@code reactor-stack-http} covers. */
  public static final Set<String> HTTP_LAYERS = Set.of("http", "http2");

  /** Values of the column {@code role}: the part of the stack that follows a clause. */
  private static final Set<String> ROLES = Set.of("sender", "receiver", "both", "api", "router");

  private static final int MAX_CLAIMS_PER_TEST = 3;

  /** The status of a clause. */
  public enum Status {
    /** At least one test claims it. */
    TESTED,
    /** No test claims it, for a stated reason. */
    REASON,
    /** The behaviour or its test is planned. */
    PLANNED,
    /** It applies neither to hosts nor to routers as this project builds them, or was superseded. */
    NOT_APPLICABLE,
    /** It has none of the other statuses; an error. */
    MISSING
  }

  /** A clause, with the columns of the table. */
  public record Clause(String id, String rfc, String level, String layer, String role, boolean applicable,
      String summary) {

    static Clause of(NamedCsvRecord row) {
      return new Clause(row.getField("id"), row.getField("rfc"), row.getField("level"), row.getField("layer"),
          row.getField("role"), !row.getField("applies").equals("no"), row.getField("summary"));
    }

    /** Returns whether it is a MUST or MUST NOT. */
    public boolean isMust() {
      return level.startsWith("MUST");
    }

    /** Returns whether it is a SHOULD or SHOULD NOT. */
    public boolean isShould() {
      return level.startsWith("SHOULD");
    }

    /** Returns whether routers or NATs follow it, and hosts do not. */
    public boolean isForRouters() {
      return role.equals("router");
    }
  }

  private final JavaClasses tests = new ClassFileImporter()
      .withImportOption(new ImportOption.OnlyIncludeTests())
      .importPackages("io.reactorstack");

  private final Set<String> layers;
  private final Map<String, Clause> clauses = new LinkedHashMap<>();
  private final Map<String, String> reasons = texts("reasons.csv", "reason");
  private final Map<String, String> plans = texts("planned.csv", "plan");
  private final Map<String, TreeSet<String>> claims = new TreeMap<>();

  /** Reads the table and the claims of the present module's tests; the module covers {@code layers}. */
  public RequirementTable(Set<String> layers) {
    this.layers = layers;
    for (NamedCsvRecord row : rows("clauses.csv")) {
      Clause clause = Clause.of(row);
      assertThat(clauses.put(clause.id(), clause)).as("%s is listed twice", clause.id()).isNull();
    }
    for (JavaClass type : tests) {
      type.tryGetAnnotationOfType(Requirement.class)
          .ifPresent(requirement -> claim(requirement, type.getSimpleName()));
      for (JavaMethod method : type.getMethods()) {
        method.tryGetAnnotationOfType(Requirement.class).ifPresent(requirement -> {
          String name = type.getSimpleName() + '#' + method.getName();
          assertThat(method.isMetaAnnotatedWith(Testable.class) && !method.isAnnotatedWith(Disabled.class))
              .as("%s claims requirements, so it must run as a test", name)
              .isTrue();
          claim(requirement, name);
        });
      }
    }
  }

  private void claim(Requirement requirement, String test) {
    for (String id : requirement.value()) {
      claims.computeIfAbsent(id, any -> new TreeSet<>()).add(test);
    }
  }

  /**
   * Fails if more than {@code exceptions} tests claim more than three clauses: with more, a reader cannot find the
   * assertion for each claim. The number of exceptions may only decrease.
   */
  public void checkClaimsOfATest(int exceptions) {
    Map<String, Integer> counts = new TreeMap<>();
    claims.values().forEach(names -> names.forEach(test -> counts.merge(test, 1, Integer::sum)));
    counts.values().removeIf(count -> count <= MAX_CLAIMS_PER_TEST);
    assertThat(counts).as("tests that claim more than %d clauses", MAX_CLAIMS_PER_TEST)
        .hasSizeLessThanOrEqualTo(exceptions);
  }

  private static Map<String, String> texts(String file, String column) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (NamedCsvRecord row : rows(file)) {
      String text = row.getField(column);
      assertThat(text).as("%s of %s", column, row.getField("id")).isNotBlank();
      assertThat(texts.put(row.getField("id"), text)).as("%s is listed twice in %s", row.getField("id"), file).isNull();
    }
    return texts;
  }

  private static List<NamedCsvRecord> rows(String file) {
    InputStream bytes = RequirementTable.class.getResourceAsStream("/requirements/" + file);
    try (CsvReader<NamedCsvRecord> reader = CsvReader.builder()
        .ofNamedCsvRecord(new InputStreamReader(Objects.requireNonNull(bytes, file), StandardCharsets.UTF_8))) {
      return reader.stream().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the clauses of {@code layer} that apply to a host or a router. */
  public Stream<Clause> applicable(String layer) {
    return clauses.values().stream().filter(clause -> clause.layer().equals(layer) && clause.applicable());
  }

  /** Returns the ids of the applicable clauses of {@code layer} that satisfy {@code which} and have this status. */
  public List<String> ids(String layer, Predicate<Clause> which, Status status) {
    return applicable(layer).filter(which).filter(clause -> status(clause) == status).map(Clause::id).toList();
  }

  /** Returns the status of {@code clause}. */
  public Status status(Clause clause) {
    if (claims.containsKey(clause.id())) {
      return Status.TESTED;
    }
    if (reasons.containsKey(clause.id())) {
      return Status.REASON;
    }
    if (plans.containsKey(clause.id())) {
      return Status.PLANNED;
    }
    return clause.applicable() ? Status.MISSING : Status.NOT_APPLICABLE;
  }

  /**
   * Fails unless every claim, reason and plan names a clause, every clause has a known role, and every clause of a
   * covered layer is in exactly one place.
   */
  public void check() {
    assertThat(clauses.keySet()).as("clauses").containsAll(claims.keySet()).containsAll(reasons.keySet())
        .containsAll(plans.keySet());
    assertThat(claims.keySet()).as("tested, and with a reason why not").doesNotContainAnyElementsOf(reasons.keySet());
    assertThat(claims.keySet()).as("tested, and planned").doesNotContainAnyElementsOf(plans.keySet());
    assertThat(reasons.keySet()).as("planned, and with a reason why not").doesNotContainAnyElementsOf(plans.keySet());
    assertThat(clauses.values()).as("layers that a module covers").allSatisfy(clause -> assertThat(
        Stream.of(STACK_LAYERS, DNS_LAYERS, HTTP_LAYERS).filter(of -> of.contains(clause.layer()))).hasSize(1));
    assertThat(clauses.values().stream().filter(clause -> !ROLES.contains(clause.role())).map(Clause::id))
        .as("clauses with an unknown role").isEmpty();
    for (String layer : layers) {
      assertThat(ids(layer, clause -> true, Status.MISSING))
          .as("clauses of %s without a test, a reason or a plan", layer).isEmpty();
    }
  }

  /** Fails if a jqwik property carries a Jupiter annotation, because jqwik would skip it. */
  public void checkProperties() {
    for (JavaClass type : tests) {
      for (JavaMethod method : type.getMethods()) {
        if (method.isAnnotatedWith(Property.class)) {
          assertThat(method.getAnnotations())
              .as(method.getFullName())
              .noneMatch(annotation -> annotation.getRawType().getPackageName().startsWith("org.junit.jupiter"));
        }
      }
    }
  }

  /** Returns the number of clauses by status: one line for each of this module's layers, and one for all. */
  public String totals() {
    StringBuilder text = new StringBuilder("Clauses of RFCs by layer:\n");
    Map<Status, Integer> all = new EnumMap<>(Status.class);
    for (String layer : new TreeSet<>(layers)) {
      Map<Status, Integer> counts = new EnumMap<>(Status.class);
      clauses.values().stream().filter(clause -> clause.layer().equals(layer)).map(this::status).forEach(status -> {
        counts.merge(status, 1, Integer::sum);
        all.merge(status, 1, Integer::sum);
      });
      text.append(line(layer, counts));
    }
    return text.append(line("all", all)).toString();
  }

  private static String line(String name, Map<Status, Integer> counts) {
    return String.format(Locale.ROOT, "  %-6s %4d tested, %3d with a reason, %3d planned, %3d not applicable%n", name,
        counts.getOrDefault(Status.TESTED, 0), counts.getOrDefault(Status.REASON, 0),
        counts.getOrDefault(Status.PLANNED, 0), counts.getOrDefault(Status.NOT_APPLICABLE, 0));
  }

  /** Writes the clauses of this module's layers to {@code report}, one per row; returns the number of rows. */
  public int write(Path report) throws IOException {
    int rows = 0;
    try (CsvWriter writer = CsvWriter.builder().build(report)) {
      writer.writeRecord("id", "rfc", "level", "layer", "role", "status", "tests", "reason or plan", "summary");
      for (Clause clause : clauses.values()) {
        if (layers.contains(clause.layer())) {
          writer.writeRecord(clause.id(), clause.rfc(), clause.level(), clause.layer(), clause.role(),
              status(clause).name().toLowerCase(Locale.ROOT).replace('_', ' '),
              String.join(" ", claims.getOrDefault(clause.id(), new TreeSet<>())),
              reasons.getOrDefault(clause.id(), plans.getOrDefault(clause.id(), "")), clause.summary());
          rows++;
        }
      }
    }
    return rows;
  }
}
