package io.reactorstack.dns.resolve;

import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;

/** Makes the aliases that a DNAME record stands for (RFC 6672 section 3.1). */
final class Synthesis {

  private Synthesis() {}

  /**
   * Returns the alias of {@code owner}, which is below the owner of {@code tree}; {@code null} if the target would be too
   * long for a name.
   *
   * @param ttl its time to live in seconds
   */
  static @Nullable CNAMERecord alias(Name owner, DNAMERecord tree, long ttl) {
    try {
      return new CNAMERecord(owner, DClass.IN, ttl, owner.fromDNAME(tree));
    } catch (NameTooLongException e) {
      return null;
    }
  }
}
