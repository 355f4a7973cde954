#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Patch bytes against accuracy, for fine-tuned models that tmd slim made smaller afterwards: docs/small-updates.md.

usage: slim_updates.py BUILD [--seeds N] [--held-out WINDOWS] [--shares S…] [--json]

For each seed: trains a base and a fine-tuned model with BUILD/tools/modelgen/modelgen, which also writes the windows
that were trained on; makes slim models within shares of the plain patch, with these windows and no others, which takes
some CPU minutes each; makes the patches; measures accuracy on windows that neither has seen. Prints means over the
seeds with the spread.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--seeds', type=int, default=5)
    parser.add_argument('--held-out', type=int, default=4800)
    parser.add_argument('--shares', type=float, nargs='+', default=[0.64])
    parser.add_argument('--json', action='store_true')
    return parser.parse_args()


def call(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


class Seed:
    """One base and its fine-tuned model, in a folder."""

    def __init__(self, options, seed, folder):
        self.seed, self.folder, self.held_out = seed, pathlib.Path(folder), options.held_out
        self.modelgen = options.build / 'tools/modelgen/modelgen'
        self.tmd = options.build / 'tools/cli/tmd'
        call(self.modelgen, '--out', folder, '--seed', seed, '--inputs', self.folder / 'inputs')

    def path(self, name):
        return self.folder / f'{name}.tflite'

    def accuracy(self, names):
        """{name: accuracy on windows that were never trained on}."""
        told = call(self.modelgen, '--seed', self.seed, '--held-out', self.held_out, '--json', '--measure',
                    *map(self.path, names))
        return dict(zip(names, (model['other_users']['int8'] for model in json.loads(told)['models'])))

    def patch_bytes(self, name):
        patch = self.folder / 'patch.tmd'
        call(self.tmd, 'diff', self.path('base'), self.path(name), '-o', patch)
        return patch.stat().st_size

    def slim(self, name, bytes_of_body):
        """Agreement with the fine-tuned model on the windows it was made with."""
        told = json.loads(call(self.tmd, 'slim', self.path('base'), self.path('finetune'), '-o', self.path(name),
                               '--data', self.folder / 'inputs', '--bytes', bytes_of_body, '--json'))
        return told['chosen']['agreement']


def measure(options, seed):
    """{model: (bytes of its patch, accuracy, agreement)} of one seed."""
    with tempfile.TemporaryDirectory() as folder:
        run = Seed(options, seed, folder)
        plain, nothing = run.patch_bytes('finetune'), run.patch_bytes('base')  # of nothing, all is manifest
        agreement = {'base': 0, 'finetune': 1}
        for share in options.shares:
            name = f'slim-{share:g}'
            agreement[name] = run.slim(name, int(share * plain) - nothing)
        scores = run.accuracy(list(agreement))
        return {name: (run.patch_bytes(name), scores[name], agreement[name]) for name in agreement}


def spread(values, form):
    return f'{form(statistics.mean(values))} ({form(min(values))} to {form(max(values))})'


def main():
    options = arguments()
    runs = [measure(options, seed) for seed in range(1, options.seeds + 1)]
    if options.json:
        print(json.dumps([{name: dict(zip(('patch_bytes', 'accuracy', 'agreement'), row)) for name, row in run.items()}
                          for run in runs], indent=2))
        return
    plain = statistics.mean(run['finetune'][0] for run in runs)
    print('| model | patch bytes | of the plain patch | accuracy on other users | top-1 as the plain one |')
    print('| --- | ---: | ---: | ---: | ---: |')
    for name in runs[0]:
        sizes, scores, agreement = ([run[name][i] for run in runs] for i in range(3))
        same = '' if name == 'base' else f'{100 * statistics.mean(agreement):.1f} %'
        print(f'| {name} | {spread(sizes, lambda v: f"{v:,.0f}")} | {100 * statistics.mean(sizes) / plain:.0f} % '
              f'| {spread([100 * s for s in scores], lambda v: f"{v:.2f}")} | {same} |')


main()
