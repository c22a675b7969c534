package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

/** The reports of our acknowledgements: SACK (RFC 2018, sections 2, 3, 4 and 8) and D-SACK (RFC 2883 section 4). */
class SelectiveAckTest {

  private static final TcpSettings SACK = Timeline.PLAIN
      .withWire(wire -> wire.withSelectiveAcknowledgment(true).withDuplicateSelectiveAcknowledgment(false));
  private static final TcpSettings DSACK = SACK.withWire(wire -> wire.withDuplicateSelectiveAcknowledgment(true));
  private static final TcpSettings STAMPED = DSACK.withWire(wire -> wire.withTimestamps(true));

  @Test
  @Requirement({"RFC2018-2-01", "RFC2018-4-01", "RFC2018-4-02"})
  void sackIsOfferedInSynsOnly() {
    try (Timeline t = Timeline.active(SACK)) {
      t.expect("S 0(0) <mss 1460, sackOK>").inject("S. 0(0) ack 1 <mss 1460, sackOK>").expect(". 1(0) ack 1 <>");
      t.write(10).expect("P. 1(10) ack 1 <>");
    }
    try (Timeline t = Timeline.passive(SACK, "S 0(0) <mss 1460, sackOK>")) {
      t.expect("S. 0(0) ack 1 <mss 1460, sackOK>").inject(". 1(0) ack 1", ". 101(100) ack 1");
      t.expect(". 1(0) ack 1 <sack 101:201>");
    }
  }

  @Test
  @Requirement({"RFC2018-4-03"})
  void withoutSackPermittedOnBothSidesNothingIsReported() {
    try (Timeline t = Timeline.established(SACK, "mss 1460")) {
      t.inject(". 101(100) ack 1").expect(". 1(0) ack 1 <>");
    }
    try (Timeline t = Timeline.passive(SACK, "S 0(0) <mss 1460>")) {
      t.expect("S. 0(0) ack 1 <mss 1460>").inject(". 1(0) ack 1", ". 101(100) ack 1").expect(". 1(0) ack 1 <>");
    }
    TcpSettings off = SACK.withWire(wire -> wire.withSelectiveAcknowledgment(false));
    try (Timeline t = Timeline.passive(off, "S 0(0) <mss 1460, sackOK>")) {
      t.expect("S. 0(0) ack 1 <mss 1460>").inject(". 1(0) ack 1", ". 101(100) ack 1").expect(". 1(0) ack 1 <>");
    }
    try (Timeline t = Timeline.established(off, "mss 1460, sackOK")) {
      t.inject(". 101(100) ack 1").expect(". 1(0) ack 1 <>");
    }
  }

  @Test
  @Requirement({"RFC2018-4-08", "RFC2018-4-09", "RFC2883-3-01"})
  void theNewestBlockIsFirstFollowedByTheMostRecent() {
    try (Timeline t = Timeline.established(SACK)) {
      t.inject(". 101(100) ack 1").expect(". 1(0) ack 1 <sack 101:201>");
      t.inject(". 301(100) ack 1").expect(". 1(0) ack 1 <sack 301:401 101:201>");
      t.inject(". 501(100) ack 1").expect(". 1(0) ack 1 <sack 501:601 301:401 101:201>");
      // Extends an older block, which becomes the newest.
      t.inject(". 201(50) ack 1").expect(". 1(0) ack 1 <sack 101:251 501:601 301:401>");
      // Joins two blocks; a subset of an included block is not repeated.
      t.inject(". 401(100) ack 1").expect(". 1(0) ack 1 <sack 301:601 101:251>");
      // Advances the acknowledgement; the remaining block is still reported.
      t.inject(". 1(100) ack 1").expect(". 1(0) ack 251 <sack 301:601>");
      t.inject(". 251(50) ack 1").expect(". 1(0) ack 601 <>").idle();
    }
  }

  @Test
  @Requirement({"RFC2018-4-04", "RFC2883-3-02"})
  void dataSegmentsCarryTheReportWhileThereIsAGap() {
    try (Timeline t = Timeline.established(STAMPED)) {
      t.inject(". 101(100) ack 1 <ts 1 100>").expect(". 1(0) ack 1 <ts 200 1, sack 101:201>");
      // The segment keeps the size that the peer allows: the option reduces its data.
      t.write(1460).expect(". 1(1436) ack 1 <ts 200 1, sack 101:201>");
      // It counts as full-sized: Nagle's algorithm does not hold back the data that did not fit into it.
      t.expect("P. 1437(24) ack 1 <ts 200 1, sack 101:201>");
      t.inject(". 1(50) ack 1 <ts 1 100>").expect(". 1461(0) ack 51 <ts 200 1, sack 101:201>");
    }
  }

  @Test
  @Requirement("RFC2018-4-07")
  void theOptionHasAsManyBlocksAsFit() {
    try (Timeline t = Timeline.established(SACK)) {
      sixRanges(t, "");
      t.inject(". 1301(100) ack 1").expect(". 1(0) ack 1 <sack 1301:1401 1101:1201 901:1001 701:801>");
    }
    try (Timeline t = Timeline.established(STAMPED)) {
      sixRanges(t, " <ts 1 100>");
      t.inject(". 1301(100) ack 1 <ts 1 100>");
      t.expect(". 1(0) ack 1 <ts 200 1, sack 1301:1401 1101:1201 901:1001>");
    }
  }

  private static void sixRanges(Timeline t, String options) {
    for (int at = 101; at < 1300; at += 200) {
      t.inject(". " + at + "(100) ack 1" + options);
    }
    t.drop();
  }

  @Test
  @Requirement({"RFC2018-4-05", "RFC2018-4-06"})
  void eachSegmentOfABatchDrawsItsOwnReport() {
    try (Timeline t = Timeline.established(SACK)) {
      t.inject(". 101(100) ack 1", ". 301(100) ack 1", ". 501(100) ack 1");
      t.expect(". 1(0) ack 1 <sack 101:201 501:601 301:401>", ". 1(0) ack 1 <sack 301:401 501:601 101:201>",
          ". 1(0) ack 1 <sack 501:601 301:401 101:201>").quiet();
    }
  }

  @Test
  @Requirement({"RFC2018-8-02", "RFC2018-8-03", "RFC2018-8-04"})
  void onlyTheNewestSegmentIsReportedAlthoughItWasDropped() {
    try (Timeline t = Timeline.established(SACK)) {
      for (int i = 0; i < Reassembly.MAX_RANGES; i++) {
        t.inject(". " + (101 + 4 * i) + "(2) ack 1").drop();
      }
      int dropped = 101 + 4 * Reassembly.MAX_RANGES;
      t.inject(". " + dropped + "(2) ack 1");
      String first = dropped + ":" + (dropped + 2);
      t.expect(". 1(0) ack 1 <sack " + first + " " + block(dropped - 4) + " " + block(dropped - 8) + " "
          + block(dropped - 12) + ">");
      t.inject(". 101(1) ack 1");
      t.expect(". 1(0) ack 1 <sack 101:103 " + block(dropped - 4) + " " + block(dropped - 8) + " "
          + block(dropped - 12) + ">");
      // All reported data is delivered when the gaps are filled.
      t.inject(". 1(" + (dropped - 1) + ") ack 1").readable(dropped - 1);
    }
  }

  private static String block(int start) {
    return start + ":" + (start + 2);
  }

  @Test
  @Requirement({"RFC2018-8-05"})
  void reportedDataIsKeptAfterShutdownInput() {
    try (Timeline t = Timeline.established(SACK)) {
      t.inject(". 101(100) ack 1").expect(". 1(0) ack 1 <sack 101:201>");
      t.shutdownInput().inject(". 301(100) ack 1").expect(". 1(0) ack 1 <sack 301:401 101:201>");
      t.inject(". 1(100) ack 1").expect(". 1(0) ack 201 <sack 301:401>");
      t.inject(". 201(100) ack 1").expect(". 1(0) ack 401 <>").readable(0);
      assertThat(t.engine().receiveMemory()).isZero();
    }
  }

  @Test
  @Requirement({"RFC2883-4-01", "RFC2883-4-02", "RFC2883-4-04"})
  void aDuplicateIsReportedOnce() {
    try (Timeline t = Timeline.established(DSACK)) {
      t.inject(". 1(1460) ack 1", ". 1461(1460) ack 1").expect(". 1(0) ack 2921 <>");
      t.inject(". 1(1460) ack 1").expect(". 1(0) ack 2921 <sack 1:1461>").quiet();
      t.inject(". 4381(1460) ack 1").expect(". 1(0) ack 2921 <sack 4381:5841>");
      t.inject(". 501(960) ack 1").expect(". 1(0) ack 2921 <sack 501:1461 4381:5841>").quiet();
      t.inject(". 5841(100) ack 1").expect(". 1(0) ack 2921 <sack 4381:5941>");
    }
  }

  @Test
  @Requirement({"RFC2883-4-03"})
  void aDuplicateAboveTheGapIsFollowedByTheBlockThatHoldsIt() {
    try (Timeline t = Timeline.established(DSACK)) {
      t.inject(". 101(100) ack 1", ". 201(100) ack 1", ". 501(100) ack 1").drop();
      t.inject(". 201(100) ack 1").expect(". 1(0) ack 1 <sack 201:301 101:301 501:601>");
    }
  }

  @Test
  @Requirement({"RFC2883-4-01", "RFC2883-4-03", "RFC2883-4-04"})
  void theDuplicatePartOfASegmentIsReported() {
    try (Timeline t = Timeline.established(DSACK)) {
      t.inject(". 1(100) ack 1").after(40).expect(". 1(0) ack 101 <>");
      // A duplicate below the acknowledgement.
      t.inject(". 51(100) ack 1").expect(". 1(0) ack 151 <sack 51:101>");
      // A duplicate above the gap, at the end of a block.
      t.inject(". 301(100) ack 1").drop();
      t.inject(". 351(100) ack 1").expect(". 1(0) ack 151 <sack 351:401 301:451>");
      // Of two duplicate parts the first is reported.
      t.inject(". 551(50) ack 1").expect(". 1(0) ack 151 <sack 551:601 301:451>");
      t.inject(". 401(250) ack 1").expect(". 1(0) ack 151 <sack 401:451 301:651>");
      // A duplicate in a segment that fills the gap.
      t.inject(". 151(250) ack 1").expect(". 1(0) ack 651 <sack 301:401>").idle();
    }
  }

  @Test
  @Requirement("RFC2883-4-01")
  void aRepeatedFinIsReportedAsADuplicate() {
    try (Timeline t = Timeline.established(DSACK)) {
      t.inject("F. 1(100) ack 1").expect(". 1(0) ack 102 <>").inject("F. 1(100) ack 1");
      t.expect(". 1(0) ack 102 <sack 1:102>").quiet();
    }
  }

  @Test
  @Requirement("RFC2883-4-02")
  void blocksFilledWithinABatchAreNotReported() {
    try (Timeline t = Timeline.established(DSACK)) {
      t.inject(". 101(100) ack 1", ". 301(100) ack 1", ". 1(100) ack 1").expect(". 1(0) ack 201 <sack 301:401>")
          .quiet();
    }
  }

  @Test
  @Requirement("RFC2883-4-02")
  void aFinAfterADuplicateCancelsTheReport() {
    try (Timeline t = Timeline.established(DSACK)) {
      t.inject(". 1(100) ack 1").after(40).drop();
      t.inject(". 1(100) ack 1", "F. 101(0) ack 1").expect(". 1(0) ack 102 <>").quiet();
    }
  }

  @Test
  @Requirement("RFC2883-4-01")
  void aReportOfADuplicateReducesTheData() {
    try (Timeline t = Timeline.established(DSACK)) {
      t.inject(". 1(100) ack 1", ". 51(100) ack 1").write(2000).expect(". 1(1448) ack 151 <sack 51:101>");
      t.expect("P. 1449(552) ack 151 <>").quiet();
    }
    try (Timeline t = Timeline.established(DSACK)) {
      t.inject(". 301(100) ack 1").drop();
      t.inject(". 1(100) ack 1", ". 51(100) ack 1").write(2000).expect(". 1(1440) ack 151 <sack 51:101 301:401>");
    }
  }

  @Test
  void withoutDsackADuplicateIsOnlyAcknowledged() {
    try (Timeline t = Timeline.established(SACK)) {
      t.inject(". 1(1460) ack 1", ". 1461(1460) ack 1").drop();
      t.inject(". 1(1460) ack 1").expect(". 1(0) ack 2921 <>").quiet();
      t.inject(". 1(1460) ack 1", ". 1461(1460) ack 1").expect(". 1(0) ack 2921 <>").quiet();
      t.inject(". 4381(1460) ack 1").expect(". 1(0) ack 2921 <sack 4381:5841>");
      t.inject(". 4381(1460) ack 1").expect(". 1(0) ack 2921 <sack 4381:5841>");
    }
  }
}
