"""Ask questions whose answers are known: `python -m eval FILES... --data DIR`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from corpus.statement import CorpusError
from eval.gold import System, ask, read_gold, report
from eval.system import connect
from index.encoder import ModelError, ModelSettings
from index.schema import StoreError
from service.settings import read_settings


def main(arguments: Sequence[str], connect: Callable[[Path, ModelSettings], System] = connect) -> int:
    """Report on the suites named in `arguments`, all taken together; 2 if something cannot be read."""
    settings = read_settings(os.environ)
    parser = argparse.ArgumentParser(prog="python -m eval", description="Ask questions with known answers.")
    parser.add_argument("files", nargs="+", type=Path, help="suites of questions, JSONL")
    parser.add_argument("--data", type=Path, default=settings.data, help="the data folder")
    options = parser.parse_args(arguments)
    try:
        system = connect(options.data, settings.model)
        questions = [question for path in options.files for question in read_gold(path, system.statements)]
    except (CorpusError, ModelError, StoreError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(report(ask(questions, system)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
