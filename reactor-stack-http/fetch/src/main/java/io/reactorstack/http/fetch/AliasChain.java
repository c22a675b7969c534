package io.reactorstack.http.fetch;

import io.reactorstack.dns.outcome.DnsStep;
import io.reactorstack.dns.outcome.DnsStep.Response;
import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordData;
import io.reactorstack.dns.record.RecordType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Follows the aliases in the steps of one question: the name that is looked for changes with each alias. */
final class AliasChain {

  private final DnsStep.Question question;
  private final List<DnsRecord> aliases = new ArrayList<>();
  private String name;

  AliasChain(DnsStep.Question question) {
    this.question = question;
    this.name = question.name();
  }

  /**
   * Takes the next step of the question. Returns the new name to look for if the server has said that the present one is
   * an alias, otherwise {@code null}.
   */
  @Nullable
  String add(DnsStep step) {
    if (step.question().name().equalsIgnoreCase(name) && step.question().type().equals(question.type())) {
      List<DnsRecord> found = step.response().map(Response::records).orElse(List.of()).stream().filter(this::isAlias)
          .toList();
      aliases.addAll(found);
      if (!found.isEmpty() && found.getLast().data() instanceof RecordData.Target alias) {
        name = alias.target();
        return name;
      }
    }
    return null;
  }

  /** Returns whether {@code record} leads to another name, and was not itself asked for. */
  private boolean isAlias(DnsRecord record) {
    return !record.type().equals(question.type())
        && (record.type().equals(RecordType.CNAME) || record.type().equals(RecordType.DNAME));
  }

  /** Returns the records of the aliases so far. */
  List<DnsRecord> aliases() {
    return List.copyOf(aliases);
  }
}
