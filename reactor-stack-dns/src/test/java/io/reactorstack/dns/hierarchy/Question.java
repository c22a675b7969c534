package io.reactorstack.dns.hierarchy;

import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * A question of class IN. Two questions are equal only if their names have the same case.
 *
 * @param name the name, absolute, in the format of zone files
 * @param type the type, for example {@code A} or {@code TYPE65280}
 */
public record Question(String name, String type) {

  /** Creates a question from dnsjava's values. */
  static Question of(Name name, int type) {
    return new Question(name.toString(), Type.string(type));
  }

  /** The name as a value of dnsjava. */
  public Name dnsName() {
    try {
      return Name.fromString(name, Name.root);
    } catch (TextParseException e) {
      throw new IllegalArgumentException(name, e);
    }
  }

  /** The type's number. */
  public int dnsType() {
    return Type.value(type);
  }

  @Override
  public String toString() {
    return name + " " + type;
  }
}
