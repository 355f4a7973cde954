#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Patch bytes against accuracy, for models that are fine-tuned with few of their weights: docs/small-updates.md.

usage: small_updates.py BUILD [--seeds N] [--held-out WINDOWS] [--json]

Trains a base and its fine-tuned models with BUILD/tools/modelgen/modelgen for each seed, makes the patches with
BUILD/tools/cli/tmd, and prints means over the seeds with the spread (smallest to largest).
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

SHARES = [0.01, 0.02, 0.05, 0.1, 0.2, 1]  # 1: all weights, as long and on the same grid


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--seeds', type=int, default=5)
    parser.add_argument('--held-out', type=int, default=4800)
    parser.add_argument('--json', action='store_true')
    return parser.parse_args()


def measure(options, seed):
    """{model: (bytes of its patch from the base, accuracy on other users)} of one seed."""
    with tempfile.TemporaryDirectory() as folder:
        trained = subprocess.run(
            [options.build / 'tools/modelgen/modelgen', '--out', folder, '--seed', str(seed), '--json',
             '--held-out', str(options.held_out), '--patch-aware', *map(str, SHARES)],
            capture_output=True, text=True, check=True)
        result = {}
        for model in json.loads(trained.stdout)['models']:
            patch = pathlib.Path(folder, 'patch.tmd')
            subprocess.run([options.build / 'tools/cli/tmd', 'diff', f'{folder}/base.tflite',
                            f'{folder}/{model["name"]}.tflite', '-o', patch], capture_output=True, check=True)
            result[model['name']] = (patch.stat().st_size, model['other_users']['int8'])
        return result


def spread(values, form):
    return f'{form(statistics.mean(values))} ({form(min(values))} to {form(max(values))})'


def main():
    options = arguments()
    runs = [measure(options, seed) for seed in range(1, options.seeds + 1)]
    if options.json:
        print(json.dumps([{name: {'patch_bytes': size, 'accuracy': score} for name, (size, score) in run.items()}
                          for run in runs], indent=2))
        return
    plain = statistics.mean(run['finetune'][0] for run in runs)
    print('| model | patch bytes | of the plain patch | accuracy on other users |')
    print('| --- | ---: | ---: | ---: |')
    for name in runs[0]:
        sizes = [run[name][0] for run in runs]
        scores = [100 * run[name][1] for run in runs]
        print(f'| {name} | {spread(sizes, lambda v: f"{v:,.0f}")} | {100 * statistics.mean(sizes) / plain:.0f} % '
              f'| {spread(scores, lambda v: f"{v:.1f}")} |')


main()
