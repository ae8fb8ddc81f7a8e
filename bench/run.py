"""Inside the site's environment: seed, measure, report. Started by `python -m bench`."""

import gc
import sys
from importlib import import_module

import django

from bench.load import UnexpectedAnswerError


def main(name: str, seconds: str, rounds: str) -> int:
    # The benchmarks import models, which exist only from here on.
    django.setup()
    measure = import_module("bench.measure")
    plan = measure.Plan.from_environment(seconds=float(seconds), rounds=int(rounds))
    work = import_module(f"bench.benchmarks.{name.replace('-', '_')}")
    gc.freeze()
    try:
        report = work.measure(plan)
    except UnexpectedAnswerError as fault:
        print(fault, file=sys.stderr)
        return 1
    measure.show(report)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
