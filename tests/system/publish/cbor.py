# SPDX-License-Identifier: Apache-2.0
"""CBOR (RFC 8949) as tests need it: definite lengths, no floating point."""


class Tag:
    def __init__(self, number, value):
        self.number, self.value = number, value


def read_item(data, at=0):
    """The item at `at`, and where the next one begins."""
    major, short = data[at] >> 5, data[at] & 31
    at += 1
    if short < 24:
        argument = short
    else:
        size = 1 << (short - 24)
        assert short < 28, "indefinite lengths are not used"
        argument = int.from_bytes(data[at:at + size], "big")
        assert argument >= {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}[size], "not the shortest form"
        at += size
    if major == 0:
        return argument, at
    if major == 1:
        return -1 - argument, at
    if major in (2, 3):
        end = at + argument
        assert end <= len(data)
        return (data[at:end] if major == 2 else data[at:end].decode()), end
    if major == 4:
        items = []
        for _ in range(argument):
            item, at = read_item(data, at)
            items.append(item)
        return items, at
    if major == 5:
        pairs = {}
        for _ in range(argument):
            key, at = read_item(data, at)
            assert key not in pairs
            pairs[key], at = read_item(data, at)
        return pairs, at
    if major == 6:
        value, at = read_item(data, at)
        return Tag(argument, value), at
    return {20: False, 21: True, 22: None}[argument], at


def read(data):
    """The one item that the bytes are."""
    item, end = read_item(data)
    assert end == len(data), "something follows the item"
    return item


def head(major, argument):
    for size, code in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if argument < 24:
            return bytes([major << 5 | argument])
        if argument < 1 << (8 * size):
            return bytes([major << 5 | code]) + argument.to_bytes(size, "big")
    raise ValueError(argument)


def write(item):
    if item is None or item is True or item is False:
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[item]
    if isinstance(item, int):
        return head(0, item) if item >= 0 else head(1, -1 - item)
    if isinstance(item, bytes):
        return head(2, len(item)) + item
    if isinstance(item, str):
        return head(3, len(item.encode())) + item.encode()
    if isinstance(item, list):
        return head(4, len(item)) + b"".join(map(write, item))
    if isinstance(item, dict):
        return head(5, len(item)) + b"".join(write(key) + write(value) for key, value in item.items())
    return head(6, item.number) + write(item.value)
