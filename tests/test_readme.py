"""The README says what the code says."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROOMS = ("corpus", "index", "service", "eval")


def first_sentence(path: Path) -> str:
    line = path.read_text(encoding="utf-8").split("\n")[0]
    return line.removeprefix('"""').removesuffix('"""').strip()


def test_the_map_has_every_module_with_the_first_line_of_its_docstring() -> None:
    modules = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if path.stem != "__init__"]
    lines = {f"| `{path.relative_to(ROOT).with_suffix('')}` | {first_sentence(path)} |" for path in modules}
    assert sorted(line for line in lines if line not in README) == []


def test_the_map_has_no_module_that_is_gone() -> None:
    named = re.findall(r"^\| `(\w+(?:/\w+)+)` \|", README, re.MULTILINE)
    assert named
    assert [name for name in named if not (ROOT / f"{name}.py").exists()] == []


def test_every_target_of_make_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make (\w+)", README, re.MULTILINE))
    assert named
    assert named <= targets


def test_every_setting_is_in_the_readme() -> None:
    settings = (ROOT / "service" / "settings.py").read_text(encoding="utf-8")
    named = set(re.findall(r"COMMUNIQUE_[A-Z_]+[A-Z]", settings))
    assert named <= set(re.findall(r"COMMUNIQUE_[A-Z_]+[A-Z]", README))
    assert len(named) == 17
