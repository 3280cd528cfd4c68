"""Reading files in a process of its own: one that breaks, hangs or bursts its reader harms nothing else."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from corpus.issuers import load_issuers
from corpus.metadata import Names
from corpus.readers import Source, read_file
from corpus.statement import CorpusError, Statement
from index.rows import metadata_from_json, metadata_to_json, statement_of

_MEMORY = 4 << 30  # bytes of address space: a small file can unpack to any size
_END = "end\n"


class IsolatedReader:
    """Reads files as index.ingest.read_source, each in at most `seconds`; use it from one thread."""

    def __init__(self, issuers: Path | None, seconds: float = 120) -> None:
        self._arguments = [str(issuers)] if issuers else []
        self._seconds = seconds
        self._process: subprocess.Popen[str] | None = None

    def __call__(self, source: Source, _names: Names) -> Iterator[Statement | CorpusError]:
        """The statements of a file, or why there are none; the process knows the issuers by itself."""
        process = self._process = self._process or self._start()
        late = threading.Timer(self._seconds, process.kill)
        late.start()
        try:
            lines = _asked(process, source)
        finally:
            late.cancel()
        if lines is None:
            self.close()
            yield CorpusError(
                f"{source.place}: cannot be read: its reader broke down, or needed more than"
                f" {self._seconds:g} seconds or {_MEMORY >> 30} GiB"
            )
            return
        yield from map(_found, lines)

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-P", "-m", "service.isolated", *self._arguments]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", errors="surrogatepass"
        )


def _asked(process: subprocess.Popen[str], source: Source) -> list[str] | None:
    """The lines that answer for a file; None if the process ended before it was done."""
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(json.dumps([str(source.path.absolute()), source.name]) + "\n")
        process.stdin.flush()
    except OSError:
        return None
    lines: list[str] = []
    for line in process.stdout:
        if line == _END:
            return lines
        lines.append(line)
    return None


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
    """Read the files named on standard input until it ends."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    names = load_issuers(Path(arguments[0]) if arguments else None)
    output, sys.stdout = sys.stdout, sys.stderr  # nothing that a library prints may mix with the answers
    for line in sys.stdin:
        path, name = json.loads(line)
        for found in read_file(Path(path), names, name=name):
            output.write(_told(found) + "\n")
        output.write(_END)
        output.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
