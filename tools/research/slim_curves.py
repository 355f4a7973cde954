#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Patch bytes against top-1 agreement through Arm NN, for slim models of a corpus' pairs: docs/small-updates.md.

usage: slim_curves.py TMD PAIRS [--only NAME…] [--shares S…] [--inputs N] [--calibration N] [--jobs N] [--json]

PAIRS: a table with the columns pair, base and target, whose paths lie beside it. For each pair that is named, tmd slim
makes the whole trade-off with its own interpreter and some inputs; for each share of the plain patch the point is taken
that `tmd slim --bytes` takes. Then Arm NN's reference backend runs these models, the target and the base on other
inputs, and says on how many of them each has the target's top-1.

The inputs are synthetic, the same in every run: sums of cosines with random directions, phases and heights, moved and
scaled over the range of int8, with some noise. So several classes occur, of which the table tells how many and how
large the largest is; they say nothing about accuracy.

It builds tests/system/interpreters/run_armnn.cpp, for which Debian's libarmnn-dev and libarmnntfliteparser-dev must be
installed. A pair takes some ten CPU minutes.
"""
import argparse
import collections
import concurrent.futures
import csv
import json
import math
import pathlib
import random
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUNNER = ROOT / 'tests/system/interpreters/run_armnn.cpp'
PAIRS = ['dscnn-ft1', 'resnet8-ft1', 'dscnn-ft2', 'resnet8-ft2']
# Height, width, channels; waves, and how often they go up and down at most. Coefficients of a sound change slowly with
# time and are as good as independent of each other.
FIELDS = {'dscnn': ((49, 10, 1), 3, (1, 5)), 'resnet8': ((24, 24, 3), 3, (3, 3))}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('tmd', type=pathlib.Path)
    parser.add_argument('pairs', type=pathlib.Path)
    parser.add_argument('--only', nargs='+', default=PAIRS, metavar='NAME')
    parser.add_argument('--shares', type=float, nargs='+', default=[0.8, 0.65, 0.5, 0.35, 0.2, 0.1])
    parser.add_argument('--inputs', type=int, default=1000, help='what agreement is measured on')
    parser.add_argument('--calibration', type=int, default=64, help='other ones, for tmd slim')
    parser.add_argument('--jobs', type=int, default=2, help='runs of Arm NN at a time')
    parser.add_argument('--json', action='store_true')
    return parser.parse_args()


def call(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f'slim_curves.py: {command[0]} failed: {done.stderr.strip()}')
    return done.stdout


def paths_of(table, name):
    """Base and target of a pair; a pair's name in the table has its number in front."""
    if not table.is_file():
        raise SystemExit(f'slim_curves.py: there is no table of pairs {table}: this needs the corpus')
    for row in csv.DictReader(table.open(), delimiter='\t'):
        if row['pair'].split(':')[-1] == name:
            return table.parent / row['base'], table.parent / row['target']
    raise SystemExit(f'slim_curves.py: {table} has no pair {name}')


def field(dice, shape, waves, cycles):
    """One input: smooth in both directions, and alike in all channels."""
    height, width, channels = shape
    values = [0.0] * (height * width * channels)
    for _ in range(waves):
        rows, columns, strength = dice.uniform(0, cycles[0]), dice.uniform(0, cycles[1]), dice.gauss(0, 1)
        for channel in range(channels):
            phase, own = dice.uniform(0, 2 * math.pi), strength * dice.uniform(0.3, 1)
            for place in range(height * width):
                turns = rows * (place // width) / height + columns * (place % width) / width
                values[place * channels + channel] += own * math.cos(2 * math.pi * turns + phase)
    largest = max(map(abs, values))
    middle, height, noise = dice.uniform(-64, 64), dice.uniform(30, 127), dice.uniform(0, 8)
    counts = (round(middle + height * value / largest + dice.gauss(0, noise)) for value in values)
    return bytes(max(-128, min(127, count)) & 255 for count in counts)


def inputs(architecture, count, seed):
    dice = random.Random(f'{architecture} {seed}')
    return b''.join(field(dice, *FIELDS[architecture]) for _ in range(count))


def best_within(curve, most):
    """Place of the point that tmd slim --bytes takes; None where all are larger."""
    within = [(point['agreement'], -point['mean_difference'], -at) for at, point in enumerate(curve)
              if point['body_bytes'] <= most]
    return -max(within)[2] if within else None


class Study:
    """What all pairs share: programs, options, and a folder with a calibration set for each architecture."""

    def __init__(self, options, folder):
        self.options, self.folder, self.tops = options, pathlib.Path(folder), {}
        self.runner = self.folder / 'run_armnn'
        call('c++', '-O2', RUNNER, '-o', self.runner, '-larmnn', '-larmnnTfLiteParser')

    def inputs_of(self, architecture):
        """Folder with the calibration inputs, and the file with the others."""
        calibration, others = self.folder / architecture, self.folder / f'{architecture}.inputs'
        if not others.exists():
            calibration.mkdir()
            (calibration / 'all').write_bytes(inputs(architecture, self.options.calibration, 'calibration'))
            others.write_bytes(inputs(architecture, self.options.inputs, 'agreement'))
        return calibration, others

    def top1(self, model, others, target):
        """By Arm NN, of every input; inputs are the target's, and a model of another quantisation gets its own."""
        key = model, target
        if key not in self.tops:
            with tempfile.NamedTemporaryFile() as output:
                call(self.runner, model, others, output.name, target)
                data = pathlib.Path(output.name).read_bytes()
            size = len(data) // self.options.inputs
            signed = [byte ^ 128 for byte in data]  # in int8's order
            self.tops[key] = [max(range(size), key=signed[at:at + size].__getitem__)
                              for at in range(0, len(data), size)]
        return self.tops[key]

    def patch_bytes(self, base, target):
        with tempfile.NamedTemporaryFile() as patch:
            call(self.options.tmd, 'diff', base, target, '-o', patch.name)
            return pathlib.Path(patch.name).stat().st_size

    def slim_models(self, name, base, target, calibration):
        """[(what it is, model)] for the shares; one within several of them has the last one's name."""
        points = self.folder / name
        told = json.loads(call(self.options.tmd, 'slim', base, target, '--data', calibration, '--agree', '0',
                               '--points', points, '--json'))
        nothing = self.patch_bytes(base, base)  # all of it is manifest
        plain = self.patch_bytes(base, target)
        models = {}
        for share in self.options.shares:
            at = best_within(told['curve'], int(share * plain) - nothing)
            if at is not None:
                models[points / f'{at + 1}.tflite'] = f'slim within {100 * share:.0f} %'
        return [(what, model) for model, what in models.items()]

    def measure(self, name):
        """[{model, patch_bytes, agreement}], and how the target's answers spread."""
        base, target = paths_of(self.options.pairs, name)
        calibration, others = self.inputs_of(name.split('-')[0])
        models = [('target', target), *self.slim_models(name, base, target, calibration), ('base', base)]
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            tops = list(pool.map(lambda model: self.top1(model[1], others, target), models))
        wanted = collections.Counter(tops[0])
        rows = [{'model': what, 'patch_bytes': self.patch_bytes(base, model),
                 'agreement': sum(a == b for a, b in zip(top, tops[0])) / len(top)}
                for (what, model), top in zip(models, tops)]
        return {'pair': name, 'classes': len(wanted), 'largest_class': max(wanted.values()) / len(tops[0]),
                'rows': rows}


def print_table(study):
    plain = study['rows'][0]['patch_bytes']
    print(f"\n{study['pair']}: the target answers with {study['classes']} classes, the most frequent one for "
          f"{100 * study['largest_class']:.0f} % of the inputs.\n")
    print('| model | patch bytes | of the plain patch | top-1 as the target |')
    print('| --- | ---: | ---: | ---: |')
    for row in study['rows']:
        print(f"| {row['model']} | {row['patch_bytes']:,} | {100 * row['patch_bytes'] / plain:.0f} % "
              f"| {100 * row['agreement']:.1f} % |", flush=True)


def main():
    options = arguments()
    for name in options.only:  # before anything takes time
        paths_of(options.pairs, name)
        if name.split('-')[0] not in FIELDS:
            raise SystemExit(f'slim_curves.py: {name}: inputs are known for {" and ".join(FIELDS)} only')
    with tempfile.TemporaryDirectory() as folder:
        study = Study(options, folder)
        results = []
        for name in options.only:
            results.append(study.measure(name))
            if not options.json:
                print_table(results[-1])
    if options.json:
        print(json.dumps(results, indent=2))


main()
