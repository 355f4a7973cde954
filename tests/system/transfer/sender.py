# SPDX-License-Identifier: Apache-2.0
"""A sender over UDP written from docs/transfer.md and docs/format.md alone: it shares nothing with the project's own.
"""
import random
import socket

ASK, OPEN, PIECE, PIECE_ANSWERED, END, CONFIRM = 0x01, 0x02, 0x03, 0x43, 0x04, 0x05
HAVE, NEXT, RESULT = 0x81, 0x82, 0x83
OK, NEED_MORE, WOULD_BLOCK, READY, WRONG_STATE = 0, 1, 2, 3, 16


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def read_varint(data):
    value = shift = 0
    for i, byte in enumerate(data):
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, data[i + 1:]
        shift += 7
    raise ValueError("a varint without end")


def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


class Sender:
    def __init__(self, port, largest=244, patience=0.2):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(patience)
        self.largest = largest
        self.tag = random.randrange(256)

    def post(self, kind, fields=b""):
        message = bytes([kind, self.tag]) + fields
        assert len(message) <= self.largest
        try:
            self.socket.send(message + crc16(message).to_bytes(2, "little"))
        except ConnectionError:
            pass

    def answer(self, kind):
        """The fields of the next answer of this kind to this task; None where none comes in time."""
        while True:
            try:
                data = self.socket.recv(4096)
            except (socket.timeout, ConnectionError):
                return None
            message = data[:-2]
            if len(message) < 2 or crc16(message) != int.from_bytes(data[-2:], "little"):
                continue
            if message[0] == kind and message[1] == self.tag:
                return message[2:]

    def call(self, kind, fields, answer_kind):
        for _ in range(50):
            self.post(kind, fields)
            answer = self.answer(answer_kind)
            if answer is not None:
                return answer
        raise TimeoutError("the device does not answer")

    def new_task(self):
        self.tag = (self.tag + 1) % 256

    def ask(self, part):
        self.new_task()
        answer = self.call(ASK, bytes([1 << part]), HAVE)
        assert answer[0] == part
        return answer[1:]

    def send(self, patch, identity, target_digest):
        """Sends until the device says ok; any other end is an error with its status."""
        opened = identity.to_bytes(4, "little") + target_digest[:8] + varint(len(patch))
        self.new_task()
        status, offset, room, gap = self.next_of(self.call(OPEN, opened, NEXT))
        while status != OK:
            if status == WRONG_STATE:
                self.new_task()
                status, offset, room, gap = self.next_of(self.call(OPEN, opened, NEXT))
                continue
            if status not in (NEED_MORE, WOULD_BLOCK, READY):
                raise RuntimeError("the device ended the update with status %d" % status)
            if offset == len(patch):
                answer = self.call(END, b"", NEXT)
            else:
                answer = self.send_window(patch, offset, offset + (gap or room))
            status, offset, room, gap = self.next_of(answer)

    def send_window(self, patch, offset, end):
        end = min(end, len(patch))
        at = offset
        while at < end:
            front = varint(at)
            size = min(end - at, self.largest - 2 - len(front))
            is_last = at + size == end
            self.post(PIECE_ANSWERED if is_last else PIECE, front + patch[at:at + size])
            at += size
        answer = self.answer(NEXT) if end > offset else None
        return answer if answer is not None else self.call(PIECE_ANSWERED, varint(offset), NEXT)

    @staticmethod
    def next_of(fields):
        offset, rest = read_varint(fields[1:])
        room, rest = read_varint(rest)
        gap, rest = read_varint(rest)
        assert not rest
        return fields[0], offset, room, gap

    def confirm(self, target_digest):
        self.new_task()
        while True:
            kind, status = self.call(CONFIRM, target_digest[:8], RESULT)
            assert kind == CONFIRM
            if status != WOULD_BLOCK:
                return status


