"""Probes a translating router from the namespaces on both sides of it; prints the outcome of each probe.

Arguments: the inside namespace, the outside one, the one behind that, and "sleep" or "ask". Where time must pass, the
program sleeps for a part of two seconds, which are the timeouts of the kernel in this test, or it prints "idle PART
TIMEOUT" and waits for a line.
"""

import re
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from nat_probing import MOST_LATE, probes, sleeps, slept
import nat_flows, nat_errors, nat_packets, nat_times

FIRST_PORT, PORTS = 20_000, 20
ATTEMPTS = 3


def outcome_of(base, function):
    try:
        outcome = function(base)
    except Exception:
        outcome = "failed: " + " / ".join(traceback.format_exc().splitlines()[-3:])
    # The ports that belong to the probe, as letters.
    return re.sub(r"\b2\d{4}\b", lambda found: chr(ord("a") + int(found.group()) - base)
        if 0 <= int(found.group()) - base < PORTS else found.group(), outcome)


def run(number, title, function):
    """Runs a probe with ports of its own, and again with others if a busy machine has made it late."""
    for i in range(ATTEMPTS):
        slept.seconds = 0
        start = time.monotonic()
        outcome = outcome_of(FIRST_PORT + PORTS * (number + i * len(probes)), function)
        if slept.seconds == 0 or time.monotonic() - start - slept.seconds < MOST_LATE:
            return outcome
    return "failed: late in each of %d attempts" % ATTEMPTS


def main():
    numbered = list(enumerate(probes))
    with ThreadPoolExecutor(len(probes)) as pool:
        waiting = [(title, pool.submit(run, number, title, function))
            for number, (title, function, idles) in numbered if idles and sleeps]
        for number, (title, function, idles) in numbered:
            if not (idles and sleeps):
                print("outcome | %s | %s" % (title, run(number, title, function)), flush=True)
        for title, future in waiting:
            print("outcome | %s | %s" % (title, future.result()), flush=True)


main()
