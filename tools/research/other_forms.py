#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes model updates in forms that the planner was not made for, to see how it does there.

usage: other_forms.py FOLDER OUT [PAIR …]

FOLDER holds a pairs.tsv whose first line names the columns pair, base and target (.tflite files). For each pair, or
those named, OUT gets NAME.base.bin and NAME.target.bin: the weights alone, one tensor behind the other, as they are
(int8 or float32), as packed int4, int16, float16 and bfloat16; and the model with unsigned weights around 128
(uint8-tflite), and with the target's weights in 16 clusters (clustered-tflite). Then

    tools/bench.sh compare OUT

puts tmd beside other tools.
"""
import collections, csv, os, struct, sys

FLOAT32, UINT8, INT8 = 0, 3, 9  # of TFLite's schema


class Model:
    """Constant tensors of a .tflite that is known to be sound: (type, offset of the type, offset, length)."""

    def __init__(self, data):
        self.data = data
        root = self.u32(0)
        buffers = self.child(root, 4)
        self.tensors = []
        for graph in self.items(self.child(root, 2)):
            for tensor in self.items(self.child(graph, 0)):
                type_at, buffer_at = self.field(tensor, 1), self.field(tensor, 2)
                if not buffer_at: continue
                bytes_at = self.child(self.items(buffers)[self.u32(buffer_at)], 0)
                if bytes_at and self.u32(bytes_at):
                    self.tensors.append((data[type_at] if type_at else 0, type_at, bytes_at + 4, self.u32(bytes_at)))

    def u32(self, at): return struct.unpack_from("<I", self.data, at)[0]

    def field(self, table, index):
        vtable = table - struct.unpack_from("<i", self.data, table)[0]
        size = struct.unpack_from("<H", self.data, vtable)[0]
        offset = struct.unpack_from("<H", self.data, vtable + 4 + 2 * index)[0] if 6 + 2 * index <= size else 0
        return table + offset if offset else 0

    def child(self, table, index):
        at = self.field(table, index)
        return at + self.u32(at) if at else 0

    def items(self, vector):
        return [at + self.u32(at) for at in range(vector + 4, vector + 4 + 4 * self.u32(vector), 4)] if vector else []

    def buffers(self, kind):
        """{offset: length}, each once: tensors may share one."""
        return {at: length for is_kind, _, at, length in self.tensors if is_kind == kind}

    def weights(self, kind):
        return [self.data[at:at + length] for at, length in self.buffers(kind).items()]

    def unsigned(self):
        changed = bytearray(self.data)
        for kind, type_at, _, _ in self.tensors:
            if kind == INT8: changed[type_at] = UINT8
        for at, length in self.buffers(INT8).items():
            for i in range(at, at + length): changed[i] ^= 0x80
        return bytes(changed)

    def clustered(self):
        changed = bytearray(self.data)
        for at, length in self.buffers(INT8).items():
            if length < 256: continue
            weights = struct.unpack_from(f"{length}b", self.data, at)
            nearest = clusters(weights)
            changed[at:at + length] = struct.pack(f"{length}b", *(nearest[weight] for weight in weights))
        return bytes(changed)


def clusters(weights, count=16):
    """For each weight the mean of its cluster, by k-means."""
    occur = collections.Counter(weights)
    means = [min(weights) + (max(weights) - min(weights)) * (i + 0.5) / count for i in range(count)]
    for _ in range(12):
        own = {weight: min(range(count), key=lambda i: abs(means[i] - weight)) for weight in occur}
        for i in range(count):
            members = [weight for weight in occur if own[weight] == i]
            if members: means[i] = sum(w * occur[w] for w in members) / sum(occur[w] for w in members)
    return {weight: round(means[own[weight]]) for weight in occur}


def int4(tensor):
    """Seven steps each way; the first of a pair in the lower half, as TFLite packs them."""
    steps = [max(-7, min(7, round(value / 18.1))) & 15 for value in struct.unpack(f"{len(tensor)}b", tensor)] + [0]
    return bytes(steps[i] | steps[i + 1] << 4 for i in range(0, len(tensor), 2))


def floats(tensor): return struct.unpack(f"<{len(tensor) // 4}f", tensor)


def int16(tensor):
    largest = max(map(abs, floats(tensor))) or 1
    return b"".join(struct.pack("<h", round(value / largest * 32767)) for value in floats(tensor))


def float16(tensor): return struct.pack(f"<{len(tensor) // 4}e", *floats(tensor))


def bfloat16(tensor): return b"".join(tensor[i + 2:i + 4] for i in range(0, len(tensor), 4))


FORMS = {"int8": (INT8, bytes), "int4": (INT8, int4), "float32": (FLOAT32, bytes), "float16": (FLOAT32, float16),
         "bfloat16": (FLOAT32, bfloat16), "int16": (FLOAT32, int16)}


def main(folder, out, *wanted):
    os.makedirs(out, exist_ok=True)
    for pair in csv.DictReader(open(f"{folder}/pairs.tsv"), delimiter="\t"):
        if wanted and pair["pair"] not in wanted: continue
        for side in ("base", "target"):
            model = Model(open(f"{folder}/{pair[side]}", "rb").read())
            forms = {name: b"".join(map(form, model.weights(kind))) for name, (kind, form) in FORMS.items()}
            quantised = sum(map(len, model.weights(INT8))) > sum(map(len, model.weights(FLOAT32)))
            forms = {name: data for name, data in forms.items() if (FORMS[name][0] == INT8) == quantised}
            if quantised:
                forms["uint8-tflite"] = model.unsigned()
                forms["clustered-tflite"] = model.data if side == "base" else model.clustered()
            for name, data in forms.items():
                open(f"{out}/{name}-{pair['pair']}.{side}.bin", "wb").write(data)


if __name__ == "__main__":
    if len(sys.argv) < 3: sys.exit(__doc__)
    main(*sys.argv[1:])
