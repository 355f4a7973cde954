#!/usr/bin/env python3
"""A language model that modelgen trains is updated end to end: diff within a limit of memory and processor time,
applied by the default decoder of 4 KB, and streamed over a lossy link through a power cut.

usage: update_test.py MODELGEN TMD UNITS LEAST_BYTES SECONDS
UNITS is the width of the model's inner layers, LEAST_BYTES what its file must have, SECONDS what diff may take of a
processor.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

MEMORY = 150_000_000  # bytes
DECODER = 24  # what a manifest says of the counters that the default build's decoder of 4 KB has


def run(*arguments):
    """What a program took, in seconds of a processor and bytes of memory, and what it said."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([str(argument) for argument in arguments], stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, f'{arguments}: exit status {process.returncode}'
        output.seek(0)
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output.read().decode()


def main(modelgen, tmd, units, least_bytes, seconds):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run(modelgen, '--language', folder, '--language-units', units)
        base, target, patch = folder / 'base.tflite', folder / 'finetune.tflite', folder / 'update.tmd'
        assert base.stat().st_size >= int(least_bytes), f'{base.stat().st_size} bytes'

        took, memory, _ = run(tmd, 'diff', base, target, '-o', patch)
        share = 100 * patch.stat().st_size / target.stat().st_size
        print(f'diff of {target.stat().st_size} bytes: {took:.1f} s of a processor, {memory // 1_000_000} MB; '
              f'patch of {patch.stat().st_size} bytes, {share:.1f} %')
        assert memory <= MEMORY and took <= float(seconds)
        assert share < 75, 'no more than a full model saves'

        decoder = json.loads(run(tmd, 'inspect', patch, '--json')[2])['codec_parameters']
        assert decoder == DECODER, f'the patch asks for another decoder: {decoder}'
        applied = folder / 'applied.tflite'
        run(tmd, 'apply', base, patch, '-o', applied)
        assert applied.read_bytes() == target.read_bytes()
        streamed = folder / 'streamed.tflite'
        run(tmd, 'simulate', base, patch, '--flash', folder / 'flash.bin', '--loss', '0.05', '--cut-at', '50%',
            '-o', streamed)
        assert streamed.read_bytes() == target.read_bytes()


if __name__ == '__main__':
    main(*sys.argv[1:])
