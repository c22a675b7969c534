package io.reactorstack.test.clients;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.HostState;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Scope;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.test.LabHttp;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/**
 * Five hosts that elect a leader by leases, and a store to which the leader writes. The hosts' clocks show different
 * dates and run at different speeds: right, or {@link #DRIFT} too fast or too slow. From time to time the leader is cut
 * off, crashes or is paused.
 *
 * <p>A host with the promises of three hosts is the leader until its lease ends. Each of the three promises not to
 * follow another host before the lease has ended by its own clock, and keeps that promise on its disk.
 */
final class LeaseElection implements Scenario {

  /** A defect of the algorithm. */
  enum Flaw {
    /**
     * The leader trusts its own clock to the end of the lease, although it may be slower than the clocks of the hosts
     * that promised.
     */
    NO_MARGIN,
    /** The store accepts every write, even an old one of a former leader. */
    NO_FENCING
  }

  private static final int HOSTS = 5;
  private static final int MAJORITY = 3;
  private static final int PORT = 7000;
  private static final long LEASE_MILLIS = 1000;
  /** The largest relative error of a clock's speed. */
  private static final double DRIFT = 0.1;
  private static final Duration LENGTH = Duration.ofSeconds(12);
  private static final int DISTURBANCES = 4;

  private final Lab lab;
  private final Set<Flaw> flaws = EnumSet.noneOf(Flaw.class);
  private final Host store;
  private final List<Voter> voters = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private int lastTerm;
  private int writes;

  LeaseElection(Lab lab, Flaw... flaws) {
    this.lab = lab;
    this.flaws.addAll(List.of(flaws));
    Switch lan = lab.newSwitch("lan");
    this.store = lab.host("store").on(lan, "10.0.0.100/24").runs(host -> LabHttp.of(host).server()
        .route(routes -> routes.post("/write/{term}", (request, response) -> response
            .status(isWritten(Integer.parseInt(request.param("term"))) ? 200 : 409).send()))
        .bind().block()).start();
    RandomGenerator chance = lab.random("clocks");
    for (int n = 1; n <= HOSTS; n++) {
      Voter voter = new Voter(n);
      voter.host = lab.host("voter-" + n).on(lan, "10.0.0." + n + "/24",
          wire -> wire.delay(Duration.ofMillis(3)).jitter(Duration.ofMillis(2)).loss(0.01)).runs(voter::start).start();
      int ppm = (int) (DRIFT * 1_000_000);
      voter.host.clock().skew(Duration.ofMillis(chance.nextInt(-3_600_000, 3_600_000)))
          .drift(chance.nextInt(-1, 2) * ppm);
      voters.add(voter);
    }
  }

  private boolean isWritten(int term) {
    if (term < lastTerm) {
      if (!flaws.contains(Flaw.NO_FENCING)) {
        return false;
      }
      faults.add("the store took a write of term " + term + " after one of term " + lastTerm);
    }
    lastTerm = Math.max(lastTerm, term);
    writes++;
    return true;
  }

  @Override
  public List<String> run() {
    RandomGenerator chance = lab.random("disturbances");
    for (int i = 1; i <= DISTURBANCES; i++) {
      lab.at(LENGTH.multipliedBy(i).dividedBy(DISTURBANCES + 1).plusMillis(chance.nextInt(500)))
          .run(() -> disturb(chance));
    }
    lab.always("one leader at most", () -> voters.stream().filter(Voter::isLeader).count() <= 1);
    try {
      lab.advance(LENGTH);
    } catch (AssertionError e) {
      return List.of(String.valueOf(e.getMessage()).replaceAll("(?s) at PT.*", ""));
    }
    if (writes < LENGTH.toSeconds() / 2) {
      faults.add("the store took only " + writes + " writes");
    }
    return faults;
  }

  /** Disturbs the leader, or any host if there is no leader, for one to two and a half seconds. */
  private void disturb(RandomGenerator chance) {
    Voter victim = voters.stream().filter(Voter::isLeader).findFirst()
        .orElseGet(() -> voters.get(chance.nextInt(HOSTS)));
    Host host = victim.host;
    Set<Host> others = new HashSet<>(voters.stream().map(voter -> voter.host).toList());
    others.remove(host);
    Runnable end;
    switch (chance.nextInt(6)) {
      case 0 -> {
        Scope cut = lab.partition(Set.of(host), others);
        end = cut::close;
      }
      case 1, 2, 3 -> {
        others.add(store);
        Scope cut = lab.partition(Set.of(host), others);
        end = cut::close;
      }
      case 4 -> {
        host.crash();
        end = host::restart;
      }
      default -> {
        host.pause();
        end = host::resume;
      }
    }
    lab.at(lab.now().plusMillis(chance.nextInt(1000, 2500))).run(end);
  }

  /** The state and behaviour of a host as a voter and as the leader. */
  private final class Voter {

    private final int number;
    private Host host;

    // The promise, kept on the disk.
    private int term;
    private int holder;
    private long promisedUntil;

    // State in memory.
    private int round;
    private int askedTerm;
    private long askedAt;
    private final Set<Integer> votes = new HashSet<>();
    private int leaderTerm;
    private long leaderUntil;

    Voter(int number) {
      this.number = number;
    }

    boolean isLeader() {
      return host.state() != HostState.CRASHED && host.clock().millis() < leaderUntil;
    }

    void start(Host started) {
      round += 1000;
      leaderUntil = 0;
      UdpConnection socket = started.stack().udp().bind(PORT).block();
      socket.receive().subscribe(datagram -> {
        Endpoint from = datagram.remote();
        String text = datagram.payload().toString(StandardCharsets.US_ASCII);
        datagram.payload().release();
        receive(socket, from, text.split(" "));
      });
      Mono.defer(() -> Mono.delay(Duration.ofMillis(ThreadLocalRandom.current().nextInt(50, 500))))
          .doOnNext(tick -> elect(socket)).repeat().subscribe();
      HttpClient client = LabHttp.of(started).client();
      Flux.interval(Duration.ofMillis(50)).filter(tick -> isLeader()).onBackpressureDrop()
          .flatMap(
              tick -> client.post().uri("http://store/write/" + leaderTerm).response().timeout(Duration.ofSeconds(1))
                  .onErrorComplete(),
              8)
          .subscribe();
    }

    /** Requests promises from all hosts, if this host is the leader or its own last promise has ended. */
    private void elect(UdpConnection socket) {
      long now = host.clock().millis();
      if (!isLeader() && now < promisedUntil) {
        return;
      }
      round++;
      askedTerm = isLeader() ? leaderTerm : term + 1;
      askedAt = now;
      votes.clear();
      for (int other = 1; other <= HOSTS; other++) {
        if (other != number) {
          send(socket, new Endpoint(IpAddress.parse("10.0.0." + other), PORT),
              "ASK " + askedTerm + " " + number + " " + round);
        }
      }
      if (promises(askedTerm, number)) {
        vote(number);
      }
    }

    private void receive(UdpConnection socket, Endpoint from, String[] words) {
      int spoken = Integer.parseInt(words[1]);
      int other = Integer.parseInt(words[2]);
      if (words[0].equals("ASK")) {
        String answer = promises(spoken, other) ? "YES " : "NO ";
        send(socket, from, answer + term + " " + number + " " + words[3]);
      } else if (words[0].equals("YES") && Integer.parseInt(words[3]) == round) {
        vote(other);
      }
    }

    /** Promises to follow {@code candidate} for the length of a lease, unless another host has the current promise. */
    private boolean promises(int asked, int candidate) {
      long now = host.clock().millis();
      boolean same = candidate == holder && asked >= term;
      if (!same && (now < promisedUntil || asked <= term)) {
        return false;
      }
      term = asked;
      holder = candidate;
      promisedUntil = now + LEASE_MILLIS;
      return true;
    }

    private void vote(int voter) {
      votes.add(voter);
      if (votes.size() >= MAJORITY) {
        leaderTerm = askedTerm;
        leaderUntil = Math.max(leaderUntil, askedAt + length());
      }
    }

    /** Returns the time, by its own clock, for which a leader may trust the promises that it has requested. */
    private long length() {
      return flaws.contains(Flaw.NO_MARGIN) ? LEASE_MILLIS : (long) (LEASE_MILLIS * (1 - DRIFT) / (1 + DRIFT)) - 1;
    }

    private void send(UdpConnection socket, Endpoint to, String text) {
      ByteBuf payload = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
      socket.send(Mono.just(Datagram.to(to, payload))).onErrorComplete().subscribe();
    }
  }
}
