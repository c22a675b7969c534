package io.reactorstack.dns.resolve;

import io.reactorstack.dns.exchange.ExchangeException;
import io.reactorstack.dns.exchange.Query;
import io.reactorstack.dns.exchange.Reply;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.outcome.DnsStep;
import io.reactorstack.dns.outcome.DnsStep.Result;
import io.reactorstack.dns.outcome.ExtendedError;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.packet.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Asks one server after the other until one has a usable answer. The next server is asked when the last one has failed or
 * is silent for its time; the answer of a silent one is still accepted until then. Confined to the event loop.
 */
final class Tries {

  /** The patience for a repeated query is this multiple of that for the first one: over TCP it needs a handshake. */
  private static final int REPETITION = 4;

  /**
   * A server to ask.
   *
   * @param server its address and port
   * @param name its name, or an empty text
   * @param patience the time to wait before the next server is asked
   * @param attempt the number of times that it was asked the same before
   */
  record Try(Endpoint server, String name, Duration patience, int attempt) {}

  /** Supplies the servers to ask. */
  interface Source {

    /** Returns the next server, or {@code null} if there is none. */
    @Nullable
    Try next();

    /** Notes that {@code server} has no usable answer. */
    void useless(Endpoint server, Reason reason);
  }

  /** Reads the response of a server. */
  interface Reader {
    Reading read(Reply reply);
  }

  private final Tools tools;
  private final Job job;
  private final Query query;
  private final Name zone;
  private final Source source;
  private final Reader reader;
  private @Nullable Reason failure;
  private String detail = "";

  Tries(Tools tools, Job job, Query query, Name zone, Source source, Reader reader) {
    this.tools = tools;
    this.job = job;
    this.query = query;
    this.zone = zone;
    this.source = source;
    this.reader = reader;
  }

  /** Returns the first usable answer, or {@link Reading.Failed} when no server is left. Never fails. */
  Mono<Reading> first() {
    return Mono.create(sink -> new Race(sink).next());
  }

  /** The servers that have been asked, of which the first one with a usable answer wins. */
  private final class Race {

    private final MonoSink<Reading> sink;
    private final List<Attempt> attempts = new ArrayList<>(1);
    private boolean isOver;

    Race(MonoSink<Reading> sink) {
      this.sink = sink;
      sink.onDispose(this::end);
    }

    void next() {
      if (isOver) {
        return;
      }
      Try next = job.budget().isSpent() ? null : source.next();
      if (next == null) {
        sink.success(Tries.this.end());
        return;
      }
      Attempt attempt = new Attempt(this, next);
      attempts.add(attempt);
      attempt.begin();
    }

    private void end() {
      isOver = true;
      attempts.forEach(Attempt::cancel);
    }
  }

  /** One server that is asked. The timer runs until the server has answered, cannot be used, or is silent. */
  private final class Attempt implements CoreSubscriber<Reply> {

    private final Race race;
    private final Try tried;
    private final long start = job.elapsed();
    private @Nullable Subscription exchange;
    private @Nullable Disposable timer;
    private boolean isCancelled;
    private boolean hasNext;
    private boolean hasSent;

    Attempt(Race race, Try tried) {
      this.race = race;
      this.tried = tried;
    }

    void begin() {
      tools.exchange().ask(query, tried.server, tried.attempt, job.budget().watchedBy(this::sent)).subscribe(this);
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      exchange = subscription;
      subscription.request(Long.MAX_VALUE);
    }

    /** A server that has caused a repetition, such as one over TCP, has answered, and gets more time. */
    private void sent() {
      if (hasNext || isCancelled) {
        return;
      }
      stopTimer();
      Duration patience = hasSent ? tried.patience.multipliedBy(REPETITION) : tried.patience;
      hasSent = true;
      timer = tools.host().scheduler().schedule(this::isSilent, patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void isSilent() {
      if (!isCancelled && !hasNext) {
        silent(tried, start);
        next();
      }
    }

    @Override
    public void onNext(Reply reply) {
      exchange = null;
      Reading reading = isCancelled ? null : usable(tried, reply, start);
      if (reading != null) {
        race.sink.success(reading);
      } else {
        next();
      }
    }

    @Override
    public void onError(Throwable failure) {
      exchange = null;
      if (!isCancelled) {
        unreachable(tried, failure, start);
        next();
      }
    }

    @Override
    public void onComplete() {
      if (exchange != null) {
        exchange = null;
        next(); // no reply
      }
    }

    /** Asks the next server, unless that was done before because this one was silent. */
    private void next() {
      stopTimer();
      if (!hasNext) {
        hasNext = true;
        race.next();
      }
    }

    private void stopTimer() {
      if (timer != null) {
        timer.dispose();
        timer = null;
      }
    }

    void cancel() {
      isCancelled = true;
      stopTimer();
      Subscription open = exchange;
      exchange = null;
      if (open != null) {
        open.cancel();
      }
    }
  }

  private Reading end() {
    return new Reading.Failed(failure == null ? Reason.TOO_MUCH_WORK : failure, detail);
  }

  private @Nullable Reading usable(Try tried, Reply reply, long start) {
    Reading reading = reader.read(reply);
    note(reply);
    job.add(() -> Steps.answered(server(tried), query.question(), job, reply, reading, start));
    switch (reading) {
      case Reading.Lame(var why) -> useless(tried, Reason.SERVER_FAILURE, why);
      case Reading.Failed(var reason, var why) -> useless(tried, reason, why);
      default -> {
        return reading;
      }
    }
    return null;
  }

  private void unreachable(Try tried, Throwable e, long start) {
    if (e instanceof ExchangeException failed && failed.kind() == ExchangeException.Kind.OUT_OF_BUDGET) {
      return;
    }
    Reason reason = e instanceof ExchangeException failed && failed.kind() == ExchangeException.Kind.MALFORMED
        ? Reason.MALFORMED
        : Reason.UNREACHABLE;
    String why = reason == Reason.MALFORMED ? "malformed response" : "unreachable";
    unanswered(tried, start, reason == Reason.MALFORMED ? Result.ERROR : Result.NO_ANSWER, why);
    useless(tried, reason, why);
  }

  private void unanswered(Try tried, long start, Result result, String why) {
    Duration waited = Duration.ofNanos(job.elapsed() - start);
    job.add(() -> Steps.unanswered(server(tried), query.question(), job, Duration.ofNanos(start), waited, result, why));
  }

  private DnsStep.Server server(Try tried) {
    return new DnsStep.Server(Names.text(zone), tried.name, tried.server);
  }

  private void useless(Try tried, Reason reason, String why) {
    source.useless(tried.server, reason);
    failed(reason, why);
  }

  private void silent(Try tried, long start) {
    tools.book().silent(tried.server, tried.patience);
    tools.exchange().abandonConnection(tried.server);
    unanswered(tried, start, Result.NO_ANSWER, "no answer");
    failed(Reason.TIMEOUT, "no answer");
  }

  private void failed(Reason reason, String why) {
    if (failure == null || reason.orWorse(failure) == reason) {
      failure = reason;
      detail = why;
    }
  }

  private void note(Reply reply) {
    OPTRecord opt = reply.message().getOPT();
    if (opt != null) {
      for (EDNSOption option : opt.getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR)) {
        if (option instanceof ExtendedErrorCodeOption error) {
          job.add(new ExtendedError(error.getErrorCode(), error.getText() == null ? "" : error.getText()));
        }
      }
    }
  }
}
