"""Reading files in a process of its own: one that breaks, hangs or bursts its reader harms nothing else."""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from corpus.issuers import load_issuers
from corpus.metadata import Names
from corpus.readers import Source, read_file
from corpus.statement import CorpusError, Statement
from index.rows import metadata_from_json, metadata_to_json, statement_of

_MEMORY = 4 << 30  # bytes of address space: a small file can unpack to any size
_END = "end\n"
_MODULE = "service.isolated"
_log = logging.getLogger("communique.jobs")


class IsolatedReader:
    """Reads files as index.ingest.read_source, each in at most `seconds`; threads take turns."""

    def __init__(self, issuers: Path | None, seconds: float = 120) -> None:
        self._seconds = seconds
        self._arguments = [str(seconds), *([str(issuers)] if issuers else [])]
        self._process: subprocess.Popen[str] | None = None
        self._turn = threading.Lock()
        self._is_closed = False

    def __call__(self, source: Source, _names: Names) -> Iterator[Statement | CorpusError]:
        """The statements of a file, or why there are none; the process knows the issuers by itself."""
        with self._turn:
            found = self._read(source)
        yield from found

    def close(self) -> None:
        """End the process, also while it reads; that file, and what is read later, cannot be read."""
        self._is_closed = True
        if process := self._process:
            process.kill()
        with self._turn:
            self._end()

    def _read(self, source: Source) -> list[Statement | CorpusError]:
        if self._process and self._process.poll() is not None:
            self._end()  # it died between two files, by neither's fault
        process = self._process = self._process or self._start()
        if self._is_closed:  # after the start, or `close` could have missed the process
            process.kill()
        try:
            return list(map(_found, _asked(process, source)))
        except (OSError, EOFError, ValueError):  # a pipe that closed, or lines that are no answer
            _log.warning("the reader of files broke down: %s", self._end())
        return [
            CorpusError(
                f"{source.place}: cannot be read: its reader broke down, or needed more than"
                f" {self._seconds:g} seconds or {_MEMORY >> 30} GiB"
            )
        ]

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE, *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what libraries say of a file is no line of the log
            encoding="ascii",
            env={name: value for name, value in os.environ.items() if not name.startswith("COMMUNIQUE_")},
            start_new_session=True,  # Ctrl+C is for the service, which finishes what it does
        )

    def _end(self) -> int:
        """The exit code of the process; negative for a signal, 0 if there is none."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.kill()
        process.communicate()
        return process.returncode


def _asked(process: subprocess.Popen[str], source: Source) -> Iterator[str]:
    """The lines that answer for a file; EOFError if the process ended before it was done."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps([str(source.path.absolute()), source.name]) + "\n")
    process.stdin.flush()
    for line in process.stdout:
        if line == _END:
            return
        yield line
    raise EOFError


def _found(line: str) -> Statement | CorpusError:
    known = json.loads(line)
    if "error" in known:
        return CorpusError(known["error"])
    return statement_of(metadata_from_json(known["metadata"]), known["text"])


def _told(found: Statement | CorpusError) -> str:
    if isinstance(found, CorpusError):
        return json.dumps({"error": str(found)})
    return json.dumps({"metadata": metadata_to_json(found), "text": found.text})


def main(arguments: list[str]) -> None:
    """Read the files named on standard input until it ends, or a file takes longer than said."""
    seconds, issuers = float(arguments[0]), [Path(path) for path in arguments[1:]]
    with suppress(OSError, ValueError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # who asks ends it, by closing its input or with SIGKILL
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends it, whatever it is doing and whoever still listens
    names = load_issuers(*issuers)
    with os.fdopen(os.dup(1), "w", encoding="ascii") as output:
        os.dup2(2, 1)  # nothing that a library prints may mix with the answers
        for line in sys.stdin:
            path, name = json.loads(line)
            signal.setitimer(signal.ITIMER_REAL, seconds)
            for found in read_file(Path(path), names, name=name):
                output.write(_told(found) + "\n")
            output.write(_END)
            output.flush()
            signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
