"""What is different between a workbook as it is and an earlier version of it. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sheetcrm.running.passwords import package_of, password_for
from sheetcrm.running.undoing import no_such_version, only_ours_since, read_version, versions
from sheetcrm.running.versions import Version, version_named
from sheetcrm.workbook.differences import LISTED, BookDifferences, differences
from sheetcrm.workbook.opening import read_stable
from sheetcrm.workbook.sheet_values import undisturbed


@dataclass(frozen=True)
class Comparison:
    """A workbook and what it was compared with: a version that is kept, another file, or nothing where none is kept."""

    book: Path
    version: Version | None
    other: Path | None
    differences: BookDifferences | None


def compare_book(
    path: Path, against: str | None = None, *, password: str | None = None, limit: int | None = LISTED
) -> Comparison:
    """Compare a workbook with an earlier version: number, day or name as the list of versions shows it, or a path to any workbook.

    Without `against` the last version that is another one. At most `limit` cells of a sheet are listed. Raises UsageError where there is
    no such version, WorkbookUnreadable, WorkbookPassword.
    """
    data, password = read_stable(path), password_for(path, password)
    kept = versions(path, password=password)
    version, other = _meant(kept, against)
    if version is None and other is None:
        return Comparison(path, None, None, None)
    before = read_version(version) if version is not None else read_stable(other or path)
    names = (version.path.name if version is not None else (other or path).name, path.name)
    with undisturbed():
        ours = version is not None and only_ours_since(path, version, password)
        before = package_of(before, names[0], other or path, password)
        found = differences(before, data, names=names, password=password, limit=limit, all_ours=ours)
    return Comparison(path, version, other, found)


def _meant(kept: list[Version], against: str | None) -> tuple[Version | None, Path | None]:
    if against is None:
        return next(iter(kept), None), None
    version = version_named(kept, against)
    if version is not None:
        return version, None
    other = Path(against)
    if not other.is_file():
        raise no_such_version(against)
    return None, other
