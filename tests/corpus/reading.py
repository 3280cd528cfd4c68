"""What the tests of the readers share: a few names, and files made by hand."""

from __future__ import annotations

from pathlib import Path

from corpus.readers import read_file
from corpus.sidecar import Sidecar
from corpus.statement import CorpusError, Statement

EU, ROK = "European Union", "Republic of Korea"
_NAMES = {"EU": EU, "KOR": ROK, "ROK": ROK, "South Korea": ROK, "BRA": "Brazil", "nato": "NATO"}


class FewNames:
    """EU, KOR, BRA and NATO; every other name is unknown."""

    def canonical(self, name: str) -> str:
        return _NAMES.get(name, name.strip())


def read_all(path: Path, sidecar: Sidecar | None = None) -> list[Statement | CorpusError]:
    return list(read_file(path, FewNames(), sidecar))


def read_one(path: Path, sidecar: Sidecar | None = None) -> Statement:
    (only,) = read_all(path, sidecar)
    assert isinstance(only, Statement), only
    return only


def error_of(path: Path, sidecar: Sidecar | None = None) -> str:
    """The one error of a file, with the folder left out of it."""
    (only,) = read_all(path, sidecar)
    assert isinstance(only, CorpusError), only
    return str(only).replace(f"{path.parent}/", "")


def make_pdf(pages: list[list[str]], info: str = "") -> bytes:
    """A PDF of these lines, 14 points apart; "" leaves 8 points more. `info` is raw, such as "/Title (A)"."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for lines in pages:
        shows = "".join(f"({line}) Tj T*\n" if line else "0 -8 Td\n" for line in lines)
        content = f"BT /F1 11 Tf 72 760 Td 14 TL\n{shows}ET"
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    objects.append(f"<< {info} >>")
    return _assembled(objects)


def _assembled(objects: list[str]) -> bytes:
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    trailer = f"<< /Size {size} /Root 1 0 R /Info {len(objects)} 0 R >>"
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer {trailer}\nstartxref\n{len(data)}\n%%EOF\n"
    return data + end.encode()
