"""Sends malformed frames to a host, made by scapy and changed at random.

Usage: fuzz.py KIND COUNT SEED INTERFACE IPV4 IPV6, where KIND is ndp, fragments or dhcp, and IPV4 and IPV6 are the host's
addresses. Prints the number of frames sent. It sends from the moment at which the host has sent a frame, for dhcp a
message to a DHCP server.

scapy fills the fields of a few hundred packets with random values. Each frame is one of them, whole, cut, with some octets
changed, or with octets of another one inserted; the checksums of most are right, so that they pass the first checks.
"""

import logging
import random
import socket
import struct
import sys

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.all import *  # noqa: E402,F403

kind, count, seed, interface, ipv4, ipv6 = sys.argv[1:7]
chance = random.Random(int(seed))
random.seed(int(seed))
mac = ""
STATION = "02:00:00:00:00:66"
ROUTER = "fe80::ff:fe00:66"
GROUP = "ff02::1"


def ethernet(destination=None):
    return Ether(src=STATION, dst=destination or mac)


def ndp_options():
    options = [
        ICMPv6NDOptSrcLLAddr(lladdr=STATION), ICMPv6NDOptDstLLAddr(lladdr=STATION), ICMPv6NDOptMTU(),
        ICMPv6NDOptPrefixInfo(prefix="fd99::"), ICMPv6NDOptRDNSS(dns=["fd99::1", "fd99::2"]),
        ICMPv6NDOptDNSSL(searchlist=["a.example", "b.example"]), ICMPv6NDOptRouteInfo(), ICMPv6NDOptRedirectedHdr(),
        ICMPv6NDOptEFA(), ICMPv6NDOptUnknown(data=b"x" * 6)]
    chosen = chance.sample(options, chance.randint(0, 4))
    result = None
    for option in chosen:
        option = fuzz(option) if chance.random() < 0.5 else option
        result = option if result is None else result / option
    return result


def ndp():
    message = chance.choice([
        lambda: ICMPv6ND_RA(), lambda: ICMPv6ND_NS(tgt=ipv6), lambda: ICMPv6ND_NA(tgt=ipv6), lambda: ICMPv6ND_RS(),
        lambda: ICMPv6ND_Redirect(tgt=ROUTER, dst=ipv6)])()
    if chance.random() < 0.5:
        message = fuzz(message)
    message.cksum = None
    options = ndp_options()
    packet = IPv6(src=chance.choice([ROUTER, "::", ipv6]), dst=chance.choice([ipv6, GROUP]),
                  hlim=255 if chance.random() < 0.9 else 64) / message
    return ethernet() / (packet if options is None else packet / options)


def fragments():
    size = chance.choice([0, 1, 7, 8, 16, 100, 1400])
    data = Raw(bytes(chance.randrange(256) for _ in range(size)))
    offset = chance.choice([0, 0, 1, 2, 100, 1000, 8191, chance.randrange(8192)])
    more = chance.randrange(2)
    source = "10.81.0.%d" % chance.randint(3, 250)
    if chance.random() < 0.5:
        packet = IP(src=source, dst=ipv4, id=chance.randrange(64), frag=offset, flags=more,
                    proto=chance.choice([1, 6, 17, 17, 99])) / data
        return ethernet() / packet
    header = IPv6ExtHdrFragment(id=chance.randrange(64), offset=offset, m=more, nh=chance.choice([6, 17, 17, 58, 60, 44]))
    if chance.random() < 0.2:
        header = fuzz(IPv6ExtHdrDestOpt()) / header
    return ethernet() / IPv6(src="fd81::%x" % chance.randint(3, 250), dst=ipv6) / header / data


def dhcp():
    options = [("message-type", chance.choice(["offer", "ack", "nak", "inform", "discover"])),
               ("server_id", "10.82.0.1"), ("lease_time", chance.choice([0, 1, 60, 0xffffffff])),
               ("subnet_mask", chance.choice(["255.255.255.0", "0.0.0.0", "255.0.255.0"])),
               ("router", "10.82.0.1"), ("name_server", "10.82.0.1"), ("renewal_time", chance.randrange(1 << 32)),
               ("rebinding_time", chance.randrange(1 << 32)), ("domain", b"example.org"),
               ("overload", chance.randrange(256))]
    chosen = options[:1] + chance.sample(options[1:], chance.randint(0, len(options) - 1)) + ["end"]
    if chance.random() < 0.3:
        chosen.insert(0, (chance.randrange(1, 255), bytes(chance.randrange(256) for _ in range(chance.randrange(40)))))
    message = BOOTP(op=2, xid=XID, chaddr=bytes.fromhex(mac.replace(":", "")), yiaddr="10.82.0.%d" % chance.randint(0, 255))
    if chance.random() < 0.3:
        message = fuzz(message)
        message.xid = XID
    return ethernet(chance.choice([mac, "ff:ff:ff:ff:ff:ff"])) / IP(src="10.82.0.1", dst="255.255.255.255") / UDP(
        sport=67, dport=68) / message / DHCP(options=chosen)


XID = 0x58494421


def total(data):
    if len(data) % 2:
        data += b"\0"
    value = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while value >> 16:
        value = (value & 0xffff) + (value >> 16)
    return value ^ 0xffff


def with_checksums(frame):
    """Corrects the lengths and checksums of the packet, as far as its headers are plain."""
    data = bytearray(frame)
    if len(data) >= 34 and data[12:14] == b"\x08\x00" and data[14] == 0x45:
        data[16:18] = struct.pack("!H", len(data) - 14)
        data[24:26] = b"\0\0"
        data[24:26] = struct.pack("!H", total(bytes(data[14:34])))
        if data[23] == 17 and not data[20] & 0x3f and len(data) >= 42:
            data[38:40] = struct.pack("!H", len(data) - 34)
            data[40:42] = b"\0\0"
    elif len(data) >= 54 and data[12:14] == b"\x86\xdd":
        data[18:20] = struct.pack("!H", len(data) - 54)
        if data[20] == 58 and len(data) >= 58:
            data[56:58] = b"\0\0"
            pseudo = bytes(data[22:54]) + struct.pack("!II", len(data) - 54, 58)
            data[56:58] = struct.pack("!H", total(pseudo + bytes(data[54:])))
    return bytes(data)


def changed(frame, other):
    data = bytearray(frame)
    change = chance.randrange(5)
    if change == 1:
        del data[chance.randrange(14, len(data)):]
    elif change == 2:
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(14, len(data))] = chance.choice([0, 1, 255, chance.randrange(256)])
    elif change == 3:
        at = chance.randrange(34, len(data)) if len(data) > 34 else len(data)
        start = chance.randrange(len(other))
        data[at:at] = other[start:start + chance.randint(1, 64)]
    elif change == 4:
        data += bytes(chance.randrange(256) for _ in range(chance.randint(1, 60)))
    return bytes(data[:1514])


def is_from_the_host(frame):
    if kind == "dhcp":
        return frame[12:14] == b"\x08\x00" and frame[23:24] == b"\x11" and frame[36:38] == b"\0\x43"
    return frame[22:38] == socket.inet_pton(socket.AF_INET6, ipv6)


def main():
    global mac
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800 if kind == "dhcp" else 0x86dd))
    link.bind((interface, 0x0800 if kind == "dhcp" else 0x86dd))
    seen = link.recv(2048)
    while not is_from_the_host(seen):
        seen = link.recv(2048)
    mac = ":".join("%02x" % octet for octet in seen[6:12])
    xid = seen[46:50]
    link.setblocking(False)
    make = {"ndp": ndp, "fragments": fragments, "dhcp": dhcp}[kind]
    templates = [bytes(make()) for _ in range(min(int(count), 400))]
    sent = 0
    while sent < int(count):
        frame = changed(chance.choice(templates), chance.choice(templates))
        if chance.random() < 0.85:
            frame = with_checksums(frame)
        try:
            # The present transaction of the DHCP client is that of its last message.
            while kind == "dhcp":
                seen = link.recv(2048)
                if is_from_the_host(seen):
                    xid = seen[46:50]
        except BlockingIOError:
            pass
        try:
            link.send(frame.replace(b"XID!", xid) if kind == "dhcp" else frame)
            sent += 1
        except BlockingIOError:
            time.sleep(0.001)
        except OSError:
            # The driver refuses frames that are too short.
            sent += 1
    print("sent", sent)


main()
