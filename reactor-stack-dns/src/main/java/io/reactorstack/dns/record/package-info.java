/**
 * Records of the DNS as values (RFC 1035 section 3.2).
 *
 * <p>A {@link io.reactorstack.dns.record.DnsRecord} has an owner, a {@link io.reactorstack.dns.record.RecordType}, a time
 * to live and {@link io.reactorstack.dns.record.RecordData}: one type for each kind of data that programs read, and
 * {@link io.reactorstack.dns.record.RecordData.Other} for all other kinds (RFC 3597).
 *
 * <p>All values are immutable. Names are texts in the form of zone files (RFC 1035 section 5.1): absolute, without the
 * trailing dot; the root is {@code "."}. A letter keeps its case.
 */
@NullMarked
package io.reactorstack.dns.record;

import org.jspecify.annotations.NullMarked;
