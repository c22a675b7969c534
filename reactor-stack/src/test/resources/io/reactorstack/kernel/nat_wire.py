"""Hosts, sockets and raw packets in network namespaces, for the probes of a translating router."""

import ctypes
import itertools
import os
import select
import socket
import struct
import time
from contextlib import contextmanager

from scapy.layers.inet import ICMP, IP, TCP, UDP

PATIENCE = 3
# A packet that another processor has delayed may arrive this much later than one sent after it.
LINGER = 0.04

INSIDE, INSIDE_2 = "10.84.1.2", "10.84.1.3"
ROUTER_INSIDE, ROUTER = "10.84.1.1", "192.0.2.1"
SERVER, SERVER_2 = "192.0.2.10", "192.0.2.11"
# The kernels drop all packets to these addresses, so that only raw packets come from them.
RAW_INSIDE, RAW_INSIDE_2 = "10.84.1.4", "10.84.1.5"
RAW_SERVER, RAW_SERVER_2 = "192.0.2.12", "192.0.2.13"

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
IP_MTU_DISCOVER, IP_PMTUDISC_DONT, IP_PMTUDISC_DO, IP_RECVERR, IP_MTU = 10, 0, 2, 11, 14
ETH_P_IP = 0x0800
PACKET_OUTGOING = 4
TOKENS = itertools.count(1)


def enter(descriptor):
    if LIBC.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Host:
    """A namespace with the interface net0."""

    def __init__(self, namespace):
        self.descriptor = os.open("/run/netns/" + namespace, os.O_RDONLY)
        self.raw = self.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    @contextmanager
    def entered(self):
        # The namespace is that of the calling thread only.
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            enter(self.descriptor)
            yield
        finally:
            enter(before)
            os.close(before)

    def socket(self, *kind):
        with self.entered():
            made = socket.socket(*kind)
        made.settimeout(PATIENCE)
        return made

    def udp(self, address, port=0):
        made = self.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((address, port))
        return made

    def listen(self, address, port):
        made = self.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(8)
        return made

    def connect(self, source, destination):
        made = self.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(source)
        made.connect(destination)
        return made

    def wire(self):
        return Wire(self)

    def send(self, packet):
        self.raw.sendto(bytes(packet), (packet.dst, 0))


class Wire:
    """The packets that arrive at a host from the moment of creation."""

    def __init__(self, host):
        self.socket = host.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def next(self, seconds):
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                return None
            octets, origin = self.socket.recvfrom(1 << 16)
            if origin[2] != PACKET_OUTGOING and origin[0] != "lo":
                return IP(octets)

    def await_(self, test, seconds=PATIENCE):
        """Returns the first packet that passes the test, or None after some seconds."""
        deadline = time.monotonic() + seconds
        while True:
            packet = self.next(deadline - time.monotonic())
            if packet is None or test(packet):
                return packet


# ---- raw packets


def udp(source, destination, data=b"data", **fields):
    return IP(src=source[0], dst=destination[0], **fields) / UDP(sport=source[1], dport=destination[1]) / data


def tcp(source, destination, flags, **fields):
    return IP(src=source[0], dst=destination[0]) / TCP(sport=source[1], dport=destination[1], flags=flags, **fields)


def echo(source, destination, identifier, **fields):
    return IP(src=source, dst=destination, **fields) / ICMP(type=8, id=identifier, seq=1) / (b"echo %d" % identifier)


def is_echo(identifier):
    """Whether a packet is an echo request that had this identifier before its translation."""
    return lambda packet: ICMP in packet and packet[ICMP].type == 8 and b"echo %d" % identifier in bytes(packet)


def is_reply(identifier):
    return lambda packet: ICMP in packet and packet[ICMP].type == 0 and packet[ICMP].id == identifier


def reply(source, destination, identifier):
    return IP(src=source, dst=destination) / ICMP(type=0, id=identifier, seq=1)


def error(source, destination, about, kind=3, code=3, octets=48, **fields):
    """An ICMP error from source that quotes the first octets of the packet about."""
    return IP(src=source, dst=destination) / ICMP(type=kind, code=code, **fields) / bytes(about)[:octets]


def good(packet):
    """Whether all checksums of a packet that is no fragment are right."""
    again = IP(bytes(packet)[:packet.len])
    for layer in (again, again.getlayer(UDP), again.getlayer(TCP), again.getlayer(ICMP)):
        if layer is not None and not (isinstance(layer, UDP) and layer.chksum == 0):
            del layer.chksum
    return bytes(again) == bytes(packet)[:packet.len]


def quote(packet):
    return IP(bytes(packet[ICMP].payload)[:packet.len - 28])


def is_error_about(packet, port):
    """Whether a packet is an ICMP error about one that has the port or the identifier."""
    if packet.proto != 1 or ICMP not in packet or packet[ICMP].type not in (3, 4, 5, 11, 12):
        return False
    at = 28 + (bytes(packet)[28] & 15) * 4
    numbers = struct.unpack("!4H", bytes(packet)[at:at + 8])
    return port in numbers


def told(packet):
    """An ICMP error in words: what it says, from and to whom, and about which packet."""
    if packet is None:
        return "no error"
    octets = bytes(packet)[28:packet.len]
    length = (octets[0] & 15) * 4
    header = IP(octets[:length])
    checksum = header.chksum
    del header.chksum
    fine = good(packet) and IP(bytes(header)).chksum == checksum
    if header.proto in (1, 6, 17):
        words = struct.unpack("!4H", octets[length:length + 8])
        about = "%s:%d > %s:%d" % (header.src, words[2 if header.proto == 1 else 0],
            header.dst, words[2 if header.proto == 1 else 1])
    else:
        about = "%s > %s" % (header.src, header.dst)
    return "%d/%d from %s to %s about %s%s" % (
        packet[ICMP].type, packet[ICMP].code, packet.src, packet.dst, about, "" if fine else ", wrong checksum")


def cross(sender, receiver, outward, packet, test):
    """Sends a raw packet; returns the one that passes the test at the receiver, or None if the router has dropped it.

    A datagram that certainly passes follows it, so that nobody waits for what does not come."""
    token = b"marker %d" % next(TOKENS)
    inside = (RAW_INSIDE, 19000 + next(TOKENS) % 500)
    server = (RAW_SERVER, 19999)
    is_marker = lambda packet: token in bytes(packet)
    with receiver.wire() as arriving:
        if outward:
            marker = udp(inside, server, token)
        else:
            with sender.wire() as back:
                receiver.send(udp(inside, server, token))
                opened = back.await_(is_marker)
            marker = udp(server, (ROUTER, opened[UDP].sport), token)
        sender.send(packet)
        sender.send(marker)
        arrived = arriving.await_(lambda packet: test(packet) or is_marker(packet))
        if arrived is None:
            raise AssertionError("the marker did not arrive")
        return arriving.await_(test, LINGER) if is_marker(arrived) else arrived


# ---- errors at sockets


def reported(used):
    """The ICMP error that the kernel has reported to a socket with IP_RECVERR."""
    poll = select.poll()
    poll.register(used, select.POLLERR)
    if not poll.poll(PATIENCE * 1000):
        return "no error"
    _, ancillary, _, _ = used.recvmsg(2000, 512, socket.MSG_ERRQUEUE)
    for level, kind, data in ancillary:
        if level == socket.IPPROTO_IP and kind == IP_RECVERR:
            _, _, icmp_type, code, _, info, _ = struct.unpack("=IBBBBII", data[:16])
            offender = socket.inet_ntoa(data[20:24])
            return "%d/%d from %s%s" % (icmp_type, code, offender, ", %d" % info if info else "")
    return "no error"


def reporting(made):
    made.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    return made
