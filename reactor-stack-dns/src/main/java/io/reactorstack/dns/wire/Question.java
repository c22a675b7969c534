package io.reactorstack.dns.wire;

import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/**
 * A question of the class IN (RFC 1035 section 4.1.2). Two questions are equal whatever the case of their names' letters
 * (RFC 4343).
 *
 * @param name an absolute name
 * @param type the number of the record type
 */
public record Question(Name name, int type) {

  /** Returns the same question about another name. */
  public Question about(Name other) {
    return new Question(other, type);
  }

  /** Returns the question as text, such as {@code www.example.com A}. */
  @Override
  public String toString() {
    return Names.text(name) + " " + Type.string(type);
  }
}
