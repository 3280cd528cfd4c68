"""The house: no import points back, and each library, like the environment, has one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ["corpus", "index", "service", "eval", "communique"]  # each may import itself and those before
PLACES = {  # what begins so may be used only in files that begin so
    "faiss": ("index/dense.py",),
    "tantivy": ("index/lexical.py",),
    "sentence_transformers": ("index/encoder.py", "eval/bench.py"),
    "fastapi": ("service/api",),
    "uvicorn": ("service/api",),
    "prometheus_client": ("service/api",),
    "typer": ("communique.py", "service/cli", "eval/cli.py"),
    "openai": ("service/llm/generator.py",),
    "mcp": ("service/mcp.py",),
    "ir_measures": ("eval/measures/ranked.py",),
    "scipy": ("eval/measures/statistics.py",),
    "jinja2": ("eval/page/page.py",),
    "os.environ": ("service/cli", "service/isolated.py"),
    "os.getenv": (),
}


def uses(tree: ast.AST) -> Iterator[str]:
    """Dotted names that are imported, and attributes of modules: "a.b" for `from a import b` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"


def wrongs(name: str, source: str) -> list[str]:
    """What a file uses and must not; `name` is its path from the root."""
    room = ROOMS.index(PurePosixPath(name).parts[0].removesuffix(".py"))
    above = ROOMS[room + 1 :] + ([] if name == "communique.py" else ["communique"]) + ["tests"]
    imported = set(uses(ast.parse(source)))
    return sorted(
        used
        for used in imported
        if used.split(".")[0] in above
        or any(
            f"{used}.".startswith(f"{guarded}.") and not name.startswith(places)
            for guarded, places in PLACES.items()
        )
    )


def files() -> list[str]:
    found = [path for room in ROOMS[:-1] for path in (ROOT / room).rglob("*.py")]
    return [str(path.relative_to(ROOT)) for path in sorted([*found, *ROOT.glob("communique.py")])]


@pytest.mark.parametrize("name", files())
def test_no_arrow_points_back(name: str) -> None:
    assert wrongs(name, (ROOT / name).read_text()) == []


def test_all_rooms_are_looked_at() -> None:
    assert {"corpus/statement.py", "index/dense.py", "service/answer.py", "eval/__init__.py"} <= set(files())


@pytest.mark.parametrize(
    ("name", "source", "found"),
    [
        ("corpus/a.py", "import index.store", ["index.store"]),
        ("corpus/a.py", "def f():\n    from service.answer import Answer", ["service.answer.Answer"]),
        ("index/a.py", "from corpus import dates\nfrom index.ties import best", []),
        ("index/a.py", "if TYPE_CHECKING:\n    from eval import run", ["eval.run"]),
        ("service/a.py", "import communique", ["communique"]),
        ("eval/a.py", "from service.answer import x\nimport corpus, tests.index", ["tests.index"]),
        ("communique.py", "import corpus.a, index.a, service.a, eval.a", []),
        ("service/cli/a.py", "import os\nos.environ['x']", []),
        ("index/store.py", "import faiss", ["faiss"]),
        ("index/dense.py", "import faiss, tantivy", ["tantivy"]),
        ("index/a.py", "from sentence_transformers import SentenceTransformer as x", [
            "sentence_transformers.SentenceTransformer"
        ]),
        ("service/api_jobs.py", "from fastapi import FastAPI", []),
        ("service/answer.py", "from fastapi.responses import Response", ["fastapi.responses.Response"]),
        ("index/a.py", "import os\nos.environ.get('x')", ["os.environ"]),
        ("index/a.py", "from os import getenv", ["os.getenv"]),
        ("index/a.py", "import faissy, os\nos.replace(a, b)", []),
    ],
)  # fmt: skip
def test_a_wrong_arrow_is_found(name: str, source: str, found: list[str]) -> None:
    assert wrongs(name, source) == found
