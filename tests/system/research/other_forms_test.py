#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/research/other_forms.py on a model of which two tensors share their weights: these are taken once.
usage: other_forms_test.py SOURCES MODELGEN"""
import pathlib
import struct
import subprocess
import sys
import tempfile


def shared(Model, data):
    """The model, its second tensor of weights pointing to those of the first."""
    model = Model(data)
    root = model.u32(0)
    buffers = model.items(model.child(root, 4))
    tensors = [tensor for graph in model.items(model.child(root, 2)) for tensor in model.items(model.child(graph, 0))
               if model.field(tensor, 2) and model.child(buffers[model.u32(model.field(tensor, 2))], 0)
               and data[model.field(tensor, 1)] == 9]
    changed = bytearray(data)
    struct.pack_into("<I", changed, model.field(tensors[1], 2), model.u32(model.field(tensors[0], 2)))
    return Model(bytes(changed))


def main(sources, modelgen):
    sys.path.insert(0, str(pathlib.Path(sources) / "tools/research"))
    sys.dont_write_bytecode = True
    from other_forms import INT8, UINT8, Model
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([modelgen, "--quick", "--out", folder], check=True, stdout=subprocess.DEVNULL)
        plain = Model(pathlib.Path(folder, "base.tflite").read_bytes())
    model = shared(Model, plain.data)
    assert len(model.weights(INT8)) == len(plain.weights(INT8)) - 1, "weights that are shared are written twice"
    unsigned = Model(model.unsigned())
    assert len(unsigned.tensors) == len(model.tensors)
    assert not unsigned.weights(INT8), "a tensor is still int8"
    for signed, other in zip(model.weights(INT8), unsigned.weights(UINT8), strict=True):
        assert bytes(byte ^ 0x80 for byte in signed) == other, "weights are not around 128"


main(*sys.argv[1:])
