"""The probes of a translating router, and what several of them use."""

import sys
import threading

from scapy.layers.inet import fragment

from nat_wire import *

KERNEL_TIMEOUT = 2
# The most time beside its sleep that a sleeping probe may take. What it uses then lives for another 0.3 of the timeout.
MOST_LATE = 0.25 * KERNEL_TIMEOUT
# The inside kernel remembers the path MTU to each of these.
FAR, FAR_2, FAR_3 = "198.51.100.2", "198.51.100.3", "198.51.100.4"
FAR_SILENT, NO_NETWORK = "198.51.100.77", "203.0.113.1"

inside, outside, far = (Host(name) for name in sys.argv[1:4])
sleeps = sys.argv[4] == "sleep"
probes = []
slept = threading.local()


def probe(title, idles=False):
    def add(function):
        probes.append((title, function, idles))
        return function
    return add


def idle(part, timeout):
    """Lets a part of a timeout pass: the kernel's is two seconds. Another router is asked to let it pass at once."""
    if sleeps:
        slept.seconds += part * KERNEL_TIMEOUT
        time.sleep(part * KERNEL_TIMEOUT)
    else:
        print("idle", part, timeout, flush=True)
        sys.stdin.readline()


def source(endpoint, port):
    return endpoint[0] + (", same port" if endpoint[1] == port else ", another port")


def passed(packet):
    return "dropped" if packet is None else "passes"


def ask(asker, destination, data=b"ask"):
    asker.sendto(data, destination)


def from_port(port, protocol=UDP):
    return lambda packet: protocol in packet and packet[protocol].sport == port


def to_port(port, protocol=UDP):
    return lambda packet: protocol in packet and packet[protocol].dport == port


def outbound(packet, test):
    return cross(inside, outside, True, packet, test)


def inbound(packet, test):
    return cross(outside, inside, False, packet, test)


def attempt(host, address, destination):
    try:
        with host.connect(address, destination):
            return "connected"
    except OSError as failure:
        return failure.strerror or str(failure)


def pieces(packet, size):
    return [IP(bytes(piece)) for piece in fragment(packet, size)]


class Connection:
    """A connection of raw segments from 10.84.1.4:port to 192.0.2.12:(port + 1), with tracked sequence numbers."""

    def __init__(self, port, server=RAW_SERVER):
        self.inside, self.server = (RAW_INSIDE, port), (server, port + 1)
        self.sent, self.answered, self.mapped = 1000, 9000, None

    def send(self, flags, data=b"", **fields):
        segment = tcp(self.inside, self.server, flags, seq=self.sent,
            ack=self.answered if "A" in flags else 0, **fields) / data
        seen = outbound(segment, lambda q: to_port(self.server[1], TCP)(q) and q[TCP].flags == flags)
        if seen is not None:
            self.mapped = seen[TCP].sport
            self.sent += len(data) + ("S" in flags) + ("F" in flags)
        return seen

    def answer(self, flags, data=b"", ahead=0, **fields):
        segment = tcp(self.server, (ROUTER, self.mapped), flags, seq=self.answered + ahead,
            ack=self.sent if "A" in flags else 0, **fields) / data
        seen = inbound(segment, lambda q: to_port(self.inside[1], TCP)(q) and q[TCP].flags == flags)
        if seen is not None and ahead == 0:
            self.answered += len(data) + ("S" in flags) + ("F" in flags)
        return seen

    def opened(self):
        steps = [self.send("S"), self.answer("SA"), self.send("A")]
        return "open" if all(steps) else "not open"
