# expect: file plot.png
"""A command-line program."""

import argparse
import logging
import sys

import matplotlib.pyplot as plt

logging.basicConfig(level=logging.INFO)
log = logging.getLogger(__name__)


def parse(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="plot.png")
    parser.add_argument("--n", type=int, default=5)
    return parser.parse_args(argv)


def main():
    args = parse()
    log.info("drawing %d", args.n)
    print("progress", file=sys.stderr)
    fig, ax = plt.subplots()
    ax.stem(range(args.n), [i * i for i in range(args.n)])
    fig.savefig(
        args.out,
        bbox_inches="tight",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
