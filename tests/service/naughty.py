"""The process of service.isolated with a reader that does what its files say."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from corpus.metadata import Names
from corpus.readers import read_file
from corpus.sidecar import Sidecar
from corpus.statement import CorpusError, Statement
from service import isolated


def naughty(
    path: Path, names: Names, sidecar: Sidecar | None = None, name: str = ""
) -> Iterator[Statement | CorpusError]:
    match path.read_bytes():
        case b"die":
            os.kill(os.getpid(), signal.SIGKILL)
        case b"hang":
            time.sleep(600)
        case b"spin":  # in C, where no Python code runs
            re.match(r"(a+)+$", "a" * 60 + "b")
        case b"eat":
            bytearray(2 * isolated._MEMORY)
        case b"raise":
            raise KeyError("unforeseen")
        case b"half":
            yield Statement("first", "It is there.")
            os._exit(0)
        case b"die later":
            signal.setitimer(signal.ITIMER_REAL, 0)
            os.system(f"(sleep 0.1; kill -9 {os.getpid()}) &")
        case b"print":
            sys.stdout.write("{}\n")
            sys.stdout.flush()
            os.write(1, b"end\n")
        case b"terminated":
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGINT)
    yield from read_file(path, names, sidecar, name)


if __name__ == "__main__":
    vars(isolated)["read_file"] = naughty
    isolated.main(sys.argv[1:])
