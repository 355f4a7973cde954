# SPDX-License-Identifier: Apache-2.0
"""A link between a sender and a device that loses, repeats, delays, damages and re-orders what it carries, by a seed.
"""
import heapq
import os
import random
import select
import socket
import time
import tty


class Faults:
    """Shares of messages."""

    def __init__(self, lost=0.08, repeated=0.08, late=0.15, damaged=0.05, latest=0.03):
        self.lost, self.repeated, self.late, self.damaged = lost, repeated, late, damaged
        self.latest = latest  # seconds


NONE = Faults(0, 0, 0, 0)


class UdpEnds:
    """Sender and device are UDP sockets on this machine."""

    def __init__(self):
        self.near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.near.bind(("127.0.0.1", 0))
        self.far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.far.bind(("127.0.0.1", 0))
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        probe.bind(("127.0.0.1", 0))
        self.device_port = probe.getsockname()[1]
        probe.close()
        self.sender = None
        self.sender_options = ["--udp", "127.0.0.1:%d" % self.near.getsockname()[1]]
        self.device_options = ["udp", str(self.device_port)]

    def sources(self):
        return [self.near, self.far]

    def read(self, source):
        """Messages that came from `source`, and whether they are for the device."""
        try:
            data, address = source.recvfrom(65536)
        except ConnectionError:
            return [], False
        if source is self.near:
            self.sender = address
        return [data], source is self.near

    def write(self, to_device, message):
        try:
            if to_device:
                self.far.sendto(message, ("127.0.0.1", self.device_port))
            elif self.sender:
                self.near.sendto(message, self.sender)
        except ConnectionError:
            pass

    def close(self):
        self.near.close()
        self.far.close()


class FrameSplitter:
    """Frames of a stream; what is left at the end waits for its zero."""

    def __init__(self):
        self.rest = b""

    def split(self, data):
        *frames, self.rest = (self.rest + data).split(b"\0")
        return [b"\0" + frame + b"\0" for frame in frames if frame]


class StreamEnds:
    """The sender is on a pseudo-terminal; the device on another one, or on a socket that it connects to."""

    def __init__(self, folder=None):
        self.near, self.near_slave = os.openpty()
        tty.setraw(self.near_slave)
        self.sender_options = ["--serial", os.ttyname(self.near_slave)]
        self.far = self.listener = self.far_slave = None
        if folder is None:
            self.far, self.far_slave = os.openpty()
            tty.setraw(self.far_slave)
            self.device_options = ["serial", os.ttyname(self.far_slave)]
        else:
            path = os.path.join(folder, "uart")
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
            self.listener.listen()
            self.device_options = ["-chardev", "socket,id=uart,server=off,path=" + path, "-serial", "chardev:uart"]
        self.connection = None
        self.splitters = {True: FrameSplitter(), False: FrameSplitter()}

    def sources(self):
        return [s for s in (self.near, self.far, self.listener, self.connection) if s is not None]

    def read(self, source):
        if source is self.listener:
            self.drop_connection()
            self.connection = self.listener.accept()[0]
            return [], False
        if isinstance(source, socket.socket) and source is not self.connection:
            return [], False  # a connection that a new one has taken the place of
        to_device = source == self.near
        try:
            data = source.recv(4096) if source is self.connection else os.read(source, 4096)
        except OSError:
            data = b""
        if not data and source is self.connection:
            self.drop_connection()
        return self.splitters[to_device].split(data), to_device

    def write(self, to_device, message):
        try:
            if not to_device:
                os.write(self.near, message)
            elif self.far is not None:
                os.write(self.far, message)
            elif self.connection is not None:
                self.connection.sendall(message)
        except OSError:
            pass

    def drop_connection(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None
        self.splitters[False].rest = b""

    def close(self):
        self.drop_connection()
        if self.listener:
            self.listener.close()
        for end in (self.near, self.near_slave, self.far, self.far_slave):
            if end is not None:
                os.close(end)


class BadLink:
    """Carries messages between the two ends until it is told to stop."""

    def __init__(self, ends, faults, seed):
        self.ends, self.faults, self.random = ends, faults, random.Random(seed)
        self.waiting = []  # (when, number, to_device, message)
        self.number = 0
        self.to_device = 0  # messages that the device was sent

    def pump(self, patience):
        """Carries what is there, and waits for more, for so many seconds at most."""
        now = time.monotonic()
        until = min([now + patience] + [w[0] for w in self.waiting[:1]])
        for source in select.select(self.ends.sources(), [], [], max(0, until - now))[0]:
            messages, to_device = self.ends.read(source)
            for message in messages:
                self.take(to_device, message)
        while self.waiting and self.waiting[0][0] <= time.monotonic():
            _, _, to_device, message = heapq.heappop(self.waiting)
            self.to_device += to_device
            self.ends.write(to_device, message)

    def happens(self, share):
        return self.random.random() < share

    def take(self, to_device, message):
        if self.happens(self.faults.lost):
            return
        for _ in range(2 if self.happens(self.faults.repeated) else 1):
            copy = bytearray(message)
            if self.happens(self.faults.damaged):
                for _ in range(self.random.randint(1, 3)):
                    copy[self.random.randrange(len(copy))] ^= 1 << self.random.randrange(8)
            delay = self.random.random() * self.faults.latest if self.happens(self.faults.late) else 0
            self.number += 1
            heapq.heappush(self.waiting, (time.monotonic() + delay, self.number, to_device, bytes(copy)))
