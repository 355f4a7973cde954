"""A TFLite model's weights as the weights.h that NNoM's scripts would write of them: int8 kernels in the same order,
biases of 8 bits by a shift."""

import struct


class Table:
    """A table of a FlatBuffer that is sound: fields by their number in the schema."""

    def __init__(self, data, at):
        self.data, self.at = data, at
        self.fields = at - struct.unpack_from('<i', data, at)[0]
        self.size = struct.unpack_from('<H', data, self.fields)[0]

    def _field(self, number):
        entry = 4 + 2 * number
        offset = struct.unpack_from('<H', self.data, self.fields + entry)[0] if entry < self.size else 0
        return self.at + offset if offset else None

    def number(self, number, form):
        at = self._field(number)
        return struct.unpack_from(form, self.data, at)[0] if at is not None else 0

    def bytes(self, number, element=1):
        at = self._field(number)
        if at is None:
            return b''
        at += struct.unpack_from('<I', self.data, at)[0]
        return self.data[at + 4:at + 4 + element * struct.unpack_from('<I', self.data, at)[0]]

    def integers(self, number):
        values = self.bytes(number, 4)
        return list(struct.unpack(f'<{len(values) // 4}i', values))

    def tables(self, number):
        at = self._field(number)
        at += struct.unpack_from('<I', self.data, at)[0]
        places = [at + 4 + 4 * i for i in range(struct.unpack_from('<I', self.data, at)[0])]
        return [Table(self.data, place + struct.unpack_from('<I', self.data, place)[0]) for place in places]


def layers_of(model):
    """(shape, kernel, biases) of each operator that has int8 weights, in the order in which they run."""
    root = Table(model, struct.unpack_from('<I', model, 0)[0])
    buffers, graph = root.tables(4), root.tables(2)[0]
    tensors = graph.tables(0)
    layers = []
    for operator in graph.tables(3):
        inputs = operator.integers(1)
        if len(inputs) != 3:
            continue
        kernel, bias = ((tensors[i], buffers[tensors[i].number(2, '<I')].bytes(0)) for i in inputs[1:])
        layers.append((kernel[0].integers(0), struct.unpack(f'<{len(kernel[1])}b', kernel[1]),
                       struct.unpack(f'<{len(bias[1]) // 4}i', bias[1])))
    return layers


def shifts_of(layers):
    """By how many bits the biases of each layer are shifted, to fit 8."""
    return [max(max(map(abs, biases)).bit_length() - 7, 0) for _, _, biases in layers]


def weights_header(layers, shifts):
    lines = ['#include "nnom.h"', '/* Weights, bias and Q format */']
    for index, ((shape, kernel, biases), shift) in enumerate(zip(layers, shifts)):
        small = [max(-128, min(127, bias >> shift)) for bias in biases]
        # NNoM says outputs last; of depthwise kernels, whose first dimension is 1, they are there already.
        said = shape[1:] + ([1] if shape[0] == 1 else shape[:1])
        for kind, dimensions, values in (('kernel', said, kernel), ('bias', [len(small)], small)):
            name = f'tensor_conv2d_{index}_{kind}_0'
            lines += [f'#define {name.upper()} {{{", ".join(map(str, values))}}}',
                      f'const int8_t {name}_data[] = {name.upper()};',
                      f'const nnom_shape_data_t {name}_dim[] = {{{", ".join(map(str, dimensions))}}};']
    return '\n'.join(lines) + '\n'
