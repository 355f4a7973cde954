#!/usr/bin/env python3
"""A fine-tuned model costs as weights.h of NNoM no more than the same weights in TFLite.

usage: cost_test.py MODELGEN TMD UNITS
UNITS is the width of the layer with most of the weights.
"""

import pathlib
import subprocess
import sys
import tempfile

from weights_header import layers_of, shifts_of, weights_header

def main(modelgen, tmd, units):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([modelgen, '--out', folder, '--quick', '--units', units], check=True, stdout=subprocess.DEVNULL)

        def cost(base, target):
            patch = folder / 'update.tmd'
            subprocess.run([tmd, 'diff', folder / base, folder / target, '-o', patch], check=True,
                           stdout=subprocess.DEVNULL)
            return patch.stat().st_size

        layers = {kind: layers_of((folder / f'{kind}.tflite').read_bytes()) for kind in ('base', 'finetune')}
        shifts = list(map(max, zip(*map(shifts_of, layers.values()))))
        for kind, weights in layers.items():
            (folder / f'{kind}.h').write_text(weights_header(weights, shifts))
        as_model, as_header = cost('base.tflite', 'finetune.tflite'), cost('base.h', 'finetune.h')
        print(f'{as_model} bytes as TFLite, {as_header} as weights.h: {100 * as_header / as_model - 100:+.1f} %')
        # Without the shapes of the kernels it would be two percent more.
        assert as_header <= as_model


if __name__ == '__main__':
    main(*sys.argv[1:])
