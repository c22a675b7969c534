package io.reactorstack.dns.wire;

import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordData;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.dns.record.SvcParameters;
import io.reactorstack.packet.IpAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CAARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.SVCBBase;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;

/** Converts records between the codec's classes and the values of the API. */
public final class Records {

  /** The octets between a record's owner and its data: type, class, TTL and length (RFC 1035 section 3.2.1). */
  private static final int FIXED = 10;

  private Records() {}

  /** Returns {@code coded} as a value, with a time to live of {@code ttl} seconds. */
  public static DnsRecord value(Record coded, long ttl) {
    return new DnsRecord(Names.text(coded.getName()), RecordType.of(coded.getType()), Duration.ofSeconds(ttl),
        data(coded));
  }

  /** Returns the data of {@code coded} as a value. */
  public static RecordData data(Record coded) {
    return switch (coded) {
      case ARecord a -> new RecordData.Address(address(a));
      case AAAARecord aaaa -> new RecordData.Address(address(aaaa));
      case CNAMERecord r -> new RecordData.Target(Names.text(r.getTarget()));
      case NSRecord r -> new RecordData.Target(Names.text(r.getTarget()));
      case PTRRecord r -> new RecordData.Target(Names.text(r.getTarget()));
      case DNAMERecord r -> new RecordData.Target(Names.text(r.getTarget()));
      case MXRecord r -> new RecordData.Mx(r.getPriority(), Names.text(r.getTarget()));
      case SRVRecord r -> new RecordData.Srv(r.getPriority(), r.getWeight(), r.getPort(), Names.text(r.getTarget()));
      case TXTRecord r -> new RecordData.Txt(strings(r));
      case CAARecord r ->
        new RecordData.Caa(r.getFlags(), r.getTag(), new String(r.getValueAsByteArray(), StandardCharsets.UTF_8));
      case SVCBBase r -> new RecordData.Svcb(r.getSvcPriority(), Names.text(r.getTargetName()), parameters(r));
      case SOARecord r -> new RecordData.Soa(Names.text(r.getHost()), Names.text(r.getAdmin()), r.getSerial(),
          r.getRefresh(), r.getRetry(), r.getExpire(), r.getMinimum());
      default -> RecordData.Other.of(octets(coded), coded.rdataToString());
    };
  }

  /** Returns the octets of the data, in which names keep their case and are not compressed (RFC 3597 section 3). */
  private static byte[] octets(Record coded) {
    byte[] whole = coded.toWire(Section.ANSWER);
    return Arrays.copyOfRange(whole, coded.getName().length() + FIXED, whole.length);
  }

  /** Returns {@code coded} with a time to live of {@code ttl} seconds. */
  public static Record withTtl(Record coded, long ttl) {
    return Record.newRecord(coded.getName(), coded.getType(), coded.getDClass(), ttl, octets(coded));
  }

  /**
   * Returns the address of an A or AAAA record.
   *
   * @throws IllegalArgumentException if it is a record of another type
   */
  public static IpAddress address(Record coded) {
    if (!(coded instanceof ARecord) && !(coded instanceof AAAARecord)) {
      throw new IllegalArgumentException("no address: " + coded);
    }
    return IpAddress.of(coded.rdataToWireCanonical()); // getAddress would make a text of the name each time
  }

  private static List<String> strings(TXTRecord r) {
    return r.getStringsAsByteArrays().stream().map(octets -> new String(octets, StandardCharsets.UTF_8)).toList();
  }

  private static SvcParameters parameters(SVCBBase r) {
    SvcParameters parameters = SvcParameters.NONE;
    for (int key : r.getSvcParamKeys()) {
      parameters = parameters.with(key, r.getSvcParamValue(key).toWire());
    }
    return parameters;
  }

  /**
   * Returns {@code value} for the codec.
   *
   * @throws IllegalArgumentException if the name is not a domain name, or the data is not of the record's type
   */
  public static Record coded(DnsRecord value) {
    return coded(Names.absolute(value.name()), value.type(), value.timeToLive().toSeconds(), value.data());
  }

  /**
   * Returns a record for the codec.
   *
   * @param ttl the time to live in seconds
   * @throws IllegalArgumentException if the data is not of the type
   */
  public static Record coded(Name owner, RecordType type, long ttl, RecordData data) {
    try {
      return data instanceof RecordData.Other other
          ? Record.newRecord(owner, type.number(), DClass.IN, ttl, other.octets())
          : Record.fromString(owner, type.number(), DClass.IN, ttl, data.text(), Name.root);
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException("not the data of a record of type " + type + ": " + data.text(), e);
    }
  }
}
