"""One way of finding duplicates on one list, in a process of its own: prints what it found, as JSON.

`python benchmarks/duplicate_ways.py sheetcrm|splink|em|exact LIST FOLDER`, or `scale|again ROWS FOLDER`. The rivals get what a careful user
would give them: small Latin letters, the last nine digits of a phone, given name and surname apart, None where a cell is empty.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import tempfile
import time
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anyascii import anyascii
from duplicate_lists import People, load, pairs_of
from synthetic_clients import clients

Pairs = pd.DataFrame
"""Columns `left`, `right` (positions), `p` (probability) and `tier`."""

NEW = 10
TOLD_APART = ("phone", "email", "birthday", "tax_id", "postcode", "address")


def ours(frame: pd.DataFrame) -> Pairs:
    import sheetcrm  # noqa: PLC0415 - each way needs only its own library

    pairs = sheetcrm.find_duplicates(frame)
    tier = np.where(
        pairs["tier"] == "certain", "certain", np.where(pairs["tier"] == "household", "household", "review")
    )
    return pd.DataFrame({"left": pairs["left"], "right": pairs["right"], "p": pairs["score"], "tier": tier})


def exact(frame: pd.DataFrame) -> Pairs:
    """Rows of one name that have another field in common."""
    rows = tidied(frame)
    found = set()
    for field in set(TOLD_APART) & set(rows.columns):
        there = rows.dropna(subset=[field])
        for _, block in there.groupby([field, "first", "last"]):
            found |= set(combinations(sorted(block.index), 2))
    return scored(found, 1.0)


def em(frame: pd.DataFrame) -> Pairs:
    """recordlinkage's expectation maximisation on its usual comparisons, blocked on one agreeing field."""
    import recordlinkage  # noqa: PLC0415

    rows = tidied(frame)
    indexer = recordlinkage.Index()
    for field in [
        name for name in ("first", "last", "phone", "email", "birthday", "postcode", "tax_id") if name in rows
    ]:
        indexer.block(field)
    candidates = indexer.index(rows)
    comparing = recordlinkage.Compare()
    for field in rows.columns:
        if field in ("first", "last", "address", "city", "email"):
            comparing.string(field, field, method="jarowinkler", threshold=0.85, label=field)
        else:
            comparing.exact(field, field, label=field)
    features = comparing.compute(candidates, rows)
    classifier = recordlinkage.ECMClassifier(binarize=0.8)
    classifier.fit(features)
    probability = classifier.prob(features)
    return by_probability(features.index.get_level_values(0), features.index.get_level_values(1), probability)


def splink(frame: pd.DataFrame) -> Pairs:
    """Splink on DuckDB with the comparisons of its documented examples: FEBRL 3, `fake_1000`, historical figures."""
    import splink.comparison_library as cl  # noqa: PLC0415
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

    rows = tidied(frame)
    rows["unique_id"] = rows.index
    rows["whole"] = rows["first"].fillna("") + " " + rows["last"].fillna("")
    contacts = "phone" in rows  # a client list: one column of names, in either order
    whole = cl.ForenameSurnameComparison("first", "last", forename_surname_concat_col_name="whole")
    known = {
        "first": whole if contacts else cl.NameComparison("first"),
        **({} if contacts else {"last": cl.NameComparison("last")}),
        "birthday": cl.DateOfBirthComparison("birthday", input_is_string=True, datetime_format="%Y-%m-%d"),
        "phone": cl.DamerauLevenshteinAtThresholds("phone", [1, 2]),
        "email": cl.EmailComparison("email"),
        "tax_id": cl.DamerauLevenshteinAtThresholds("tax_id", [2]),
        "postcode": cl.DamerauLevenshteinAtThresholds("postcode", [2]).configure(term_frequency_adjustments=True),
        "city": cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        "address": cl.JaroWinklerAtThresholds("address", [0.9]).configure(term_frequency_adjustments=True),
    }
    keys = [name for name in ("tax_id", "phone", "email", "first", "last", "birthday", "postcode") if name in rows]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[comparison for name, comparison in known.items() if name in rows],
        blocking_rules_to_generate_predictions=[block_on(name) for name in keys],
    )
    linker = Linker(DuckDBAPI().register(rows), settings, log_level=logging.CRITICAL)
    sure = [block_on("first", "last", name) for name in keys if name not in ("first", "last")]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (
        (block_on("phone"), block_on("email")) if contacts else (block_on("first", "last"), block_on("birthday"))
    ):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=0.01).as_pandas_dataframe()
    return by_probability(found["unique_id_l"], found["unique_id_r"], found["match_probability"])


def tidied(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a list as a careful user would prepare it."""
    rows = frame.reset_index(drop=True).map(lambda text: anyascii(text).strip().casefold())
    if "name" in rows:
        words = rows.pop("name").str.split()
        rows["first"], rows["last"] = words.str[0], words.str[-1]
    else:
        rows = rows.rename(columns={"first_name": "first", "last_name": "last"})
    if "phone" in rows:
        rows["phone"] = rows["phone"].str.replace(r"\D", "", regex=True).str[-9:]
    if "birthday" in rows:
        rows["birthday"] = rows["birthday"].map(lambda day: re.sub(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", day))
    return rows.astype(object).where(rows.notna() & (rows != ""), None)


def scored(found: set[tuple[int, int]], probability: float) -> Pairs:
    left, right = zip(*sorted(found), strict=True) if found else ((), ())
    return by_probability(left, right, [probability] * len(left))


def by_probability(left: object, right: object, probability: object) -> Pairs:
    """Return pairs whose tiers follow from their probability alone: certain from .99, for review from .5."""
    pairs = pd.DataFrame(
        {"left": np.asarray(left), "right": np.asarray(right), "p": np.asarray(probability, dtype=float)}
    )
    pairs["tier"] = np.select([pairs["p"] >= 0.99, pairs["p"] >= 0.5], ["certain", "review"], "")
    return pairs


def judged(pairs: Pairs, people: People) -> dict[str, dict[str, float]]:
    """Return how right the certain ones are, and those for review with them."""
    true = people[pairs["left"].to_numpy(dtype=np.int64)] == people[pairs["right"].to_numpy(dtype=np.int64)]
    out = {}
    for name, tiers in (("certain", ["certain"]), ("review", ["certain", "review"])):
        chosen = pairs["tier"].isin(tiers).to_numpy()
        right, many, total = int((true & chosen).sum()), int(chosen.sum()), pairs_of(people)
        precision, recall = right / many if many else 1.0, right / total
        f1 = 2 * right / (many + total)
        out[name] = {"precision": precision, "recall": recall, "f1": f1, "pairs": many, "false": many - right}
    return {**out, "best": {"f1": _best(pairs["p"].to_numpy(), true, pairs_of(people))}}


def _best(probability: np.ndarray, true: np.ndarray, total: int) -> float:
    """Return the F1 at the threshold that suits best: nobody knows it who does not know the truth."""
    order = np.argsort(-probability, kind="stable")
    right, many = np.cumsum(true[order]), np.arange(1, len(order) + 1)
    ends = np.append(np.diff(probability[order]) != 0, True)  # equal ones are taken together
    return float((2 * right / (many + total))[ends].max()) if len(order) else 0.0


def again(frame: pd.DataFrame) -> dict[str, float]:
    """Return the seconds of CPU of a first search that is remembered, of one of the same list, and of one with ten new clients.

    Each as a refresh does it: from the file of what is remembered, and to it.
    """
    from sheetcrm.crm.fields import TABLES  # noqa: PLC0415 - each way needs only its own library
    from sheetcrm.crm.linkage.clients import pairs_recalled  # noqa: PLC0415
    from sheetcrm.crm.linkage.memory import Memory  # noqa: PLC0415
    from sheetcrm.crm.tables import Table  # noqa: PLC0415

    secret, took = bytes(32), {}
    new = frame.iloc[:: len(frame) // NEW].head(NEW).assign(email="", birthday="")
    longer = pd.concat([frame, new], ignore_index=True)
    tables = [Table.from_frame("Clients", rows, TABLES["Clients"].names) for rows in (frame, longer)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "remembered.npz"
        for name, table in zip(("first", "unchanged", "ten new"), (*tables[:1], *tables), strict=True):
            begun = time.process_time()
            known = Memory(secret)
            if file.exists():
                with np.load(file, allow_pickle=False) as arrays:
                    known = Memory.of_arrays(secret, dict(arrays))
            _, kept = pairs_recalled(table, None, known)
            if kept is not None and kept is not known:
                remembered: Mapping[str, Any] = kept.arrays()
                np.savez(file, **remembered)
            took[name] = time.process_time() - begun
    return took


WAYS = {"sheetcrm": ours, "splink": splink, "em": em, "exact": exact}


def main() -> None:
    way, which, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    if way == "scale":
        frame = clients(int(which), folder)
        begun = time.perf_counter()
        pairs = ours(frame)
        print(json.dumps({"seconds": time.perf_counter() - begun, "pairs": len(pairs)}))
        return
    if way == "again":
        print(json.dumps(again(clients(int(which), folder))))
        return
    frame, people = load(which, folder)
    begun = time.perf_counter()
    pairs = WAYS[way](frame)
    took = time.perf_counter() - begun
    print(json.dumps({"seconds": took, "rows": len(frame), "true": pairs_of(people), **judged(pairs, people)}))


if __name__ == "__main__":
    main()
