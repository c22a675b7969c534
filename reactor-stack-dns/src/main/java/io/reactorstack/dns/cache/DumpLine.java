package io.reactorstack.dns.cache;

import io.reactorstack.dns.wire.Question;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * One line of a cache's dump: a record of a set, or an absence.
 *
 * <p>A record has the form of a line of a master file (RFC 1035 section 5.1) with the remaining time to live. The comment
 * has the trust and the number of records of its set: {@code www.lab. 59 IN A 10.0.0.3 ; AUTHORITATIVE 2}.
 *
 * <p>An absence is a comment, because a master file has no form for it. Its type is {@code ANY} if the name does not
 * exist: {@code ; none.lab. 59 IN ANY NXDOMAIN lab. ns.lab. root.lab. 1 3600 600 86400 60}.
 */
sealed interface DumpLine {

  /** The types whose data are written in their own form; the others are in that of RFC 3597 section 5. */
  Set<Integer> READABLE = Set.of(Type.A, Type.AAAA, Type.NS, Type.CNAME, Type.DNAME, Type.PTR, Type.MX, Type.TXT,
      Type.SRV, Type.SOA);

  /** The first of the types that only queries have; the last is ANY (RFC 6895 section 3.1). */
  int FIRST_META = 128;

  String RECORD_COMMENT = " ; ";
  String ABSENCE = "; ";
  String NAME_ERROR = "NXDOMAIN";
  String NO_DATA = "NODATA";

  /** A record, and the number of records of its set. */
  record Entry(Record record, Trust trust, int count) implements DumpLine {

    /** Returns whether {@code other} may be of the same set. */
    boolean isWith(Entry other) {
      return record.getType() == other.record.getType() && trust == other.trust && count == other.count
          && record.getTTL() == other.record.getTTL() && record.getName().equals(other.record.getName());
    }
  }

  /** An absence with the remaining time in seconds. */
  record Missing(Question question, boolean isNameError, long ttl, @Nullable SOARecord soa) implements DumpLine {

    Absence absence(long now) {
      RRset told = soa == null ? null : RRset.of(List.of(soa), Trust.AUTHORITY, now);
      return new Absence(isNameError, told, now + ttl * 1_000_000_000L);
    }
  }

  /** Returns the lines of {@code set}, which are as many as it has records. */
  static List<String> of(RRset set, long ttl) {
    List<String> lines = new ArrayList<>();
    for (Record each : set.records()) {
      lines.add(each.getName() + " " + ttl + " IN " + Type.string(each.getType()) + " " + data(each)
          + RECORD_COMMENT + set.trust() + " " + set.records().size());
    }
    return lines;
  }

  private static String data(Record record) {
    if (READABLE.contains(record.getType())) {
      return record.rdataToString();
    }
    byte[] whole = record.toWire(Section.ANSWER);
    // the owner, and ten octets: type, class, TTL and length (RFC 1035 section 3.2.1)
    int from = record.getName().length() + 10;
    String octets = from == whole.length ? "" : " " + HexFormat.of().formatHex(whole, from, whole.length);
    return "\\# " + (whole.length - from) + octets;
  }

  /** Returns the line of the absence of {@code type} at {@code name}. */
  static String of(Name name, int type, Absence absence, long ttl) {
    RRset soa = absence.soa();
    return ABSENCE + name + " " + ttl + " IN " + Type.string(absence.isNameError() ? Type.ANY : type) + " "
        + (absence.isNameError() ? NAME_ERROR : NO_DATA)
        + (soa == null ? "" : " " + soa.name() + " " + soa.records().getFirst().rdataToString());
  }

  /** Returns the meaning of {@code line}, or {@code null} if it is malformed. */
  static @Nullable DumpLine parse(String line) {
    try {
      return line.startsWith(ABSENCE) ? missing(line.substring(ABSENCE.length())) : entry(line);
    } catch (IOException | RuntimeException e) { // the codec also throws unchecked exceptions for malformed data
      return null;
    }
  }

  private static Entry entry(String line) throws IOException {
    int comment = line.lastIndexOf(RECORD_COMMENT);
    String[] fields = line.substring(0, comment).split(" ", 5);
    String[] noted = line.substring(comment + RECORD_COMMENT.length()).split(" ", -1);
    int type = type(fields[2], fields[3]);
    int count = Integer.parseInt(noted[1]);
    if (count < 1 || noted.length != 2 || type >= FIRST_META && type <= Type.ANY || type == Type.OPT) {
      throw new IllegalArgumentException("no record of a set");
    }
    Record record = record(fields[0], ttl(fields[1]), type, fields[4]);
    return new Entry(record, Trust.valueOf(noted[0]), count);
  }

  private static Missing missing(String line) throws IOException {
    String[] fields = line.split(" ", 7);
    boolean isNameError = fields[4].equals(NAME_ERROR);
    int type = type(fields[2], fields[3]);
    if (!isNameError && !fields[4].equals(NO_DATA) || isNameError != (type == Type.ANY) || fields.length == 6) {
      throw new IllegalArgumentException("no absence");
    }
    long ttl = ttl(fields[1]);
    Name name = Name.fromString(fields[0]);
    SOARecord soa = fields.length == 5 ? null : (SOARecord) record(fields[5], ttl, Type.SOA, fields[6]);
    if (!name.isAbsolute() || soa != null && !name.subdomain(soa.getName())) {
      throw new IllegalArgumentException("no SOA record of the name's zone");
    }
    return new Missing(new Question(name, type), isNameError, ttl, soa);
  }

  private static Record record(String owner, long ttl, int type, String data) throws IOException {
    return Record.fromString(Name.fromString(owner), type, DClass.IN, ttl, data, Name.root);
  }

  private static long ttl(String text) {
    long ttl = Long.parseLong(text);
    if (ttl < 0 || ttl > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("no time to live");
    }
    return ttl;
  }

  private static int type(String dclass, String text) {
    int type = Type.value(text);
    if (type <= 0 || !dclass.equals("IN")) {
      throw new IllegalArgumentException("no type of the class IN");
    }
    return type;
  }
}
