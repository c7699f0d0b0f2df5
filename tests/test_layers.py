"""The house has rooms, and imports go one way."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import sheetcrm

PACKAGE = Path(sheetcrm.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# A room may import itself, the rooms named here, and nothing else of ours.
ALLOWED = {
    "errors": set(),
    "durable": set(),
    "languages": {"errors"},
    "crm": {"errors", "languages"},
    "xlsx": set(),
    "resources": {"errors"},
    "workbook": {"errors", "durable", "languages", "crm", "xlsx", "resources"},
    "delivery": {"errors", "durable", "languages", "crm", "resources"},
    "reports": {"errors", "languages", "crm", "resources"},
    "running": {"errors", "durable", "languages", "crm", "workbook", "delivery", "reports", "resources", "__version__"},
    "cli": {"errors", "languages", "crm", "workbook", "delivery", "reports", "resources", "running", "__version__"},
    "testing": {"errors", "languages", "crm", "workbook", "delivery", "resources"},
    "__main__": {"cli"},
    "__init__": {"errors", "crm", "workbook", "delivery", "running", "testing"},
}
# The stages of crm, which planning puts in order, do not know each other.
STAGES = {"normalise", "checks", "resolving", "figures", "duplicates", "segments", "campaigns", "texts"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def room(dotted: str) -> str:
    return dotted.split(".")[1] if "." in dotted else dotted


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_imports_only_the_rooms_below_it(path: Path) -> None:
    here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    rooms = {room(name) for name in imports(path) if name.startswith("sheetcrm.")}
    assert rooms - {here} <= ALLOWED[here]


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_a_stage_of_crm_does_not_import_another(stage: str) -> None:
    path = PACKAGE / "crm" / f"{stage}.py"
    if not path.exists():
        pytest.skip(f"{stage} is not built yet")
    others = {f"sheetcrm.crm.{other}" for other in STAGES - {stage}}
    assert not others & set(imports(path))


def test_no_module_shares_its_name_with_a_public_function() -> None:
    assert not {path.stem for path in MODULES} & set(sheetcrm.__all__)


def test_every_public_name_can_be_imported() -> None:
    missing = [name for name in sheetcrm.__all__ if not hasattr(sheetcrm, name)]
    assert not missing


@pytest.mark.parametrize("heavy", ["pandas", "openpyxl", "jinja2", "lxml"])
def test_importing_the_package_loads_nothing_heavy(heavy: str) -> None:
    code = f"import sys, sheetcrm; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom sheetcrm.cli import run\nrun(['--help'])\n"
        "sys.exit(bool({'pandas', 'numpy', 'openpyxl', 'jinja2', 'lxml', 'rich'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, stdout=subprocess.DEVNULL).returncode == 0
