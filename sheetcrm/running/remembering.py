"""What of a plan must outlive the run that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sheetcrm.crm.cells import id_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sheetcrm.crm.outcome import NewNames, Plan
    from sheetcrm.crm.values import Ledger
    from sheetcrm.workbook.book import Workbook


def remembered(
    plan: Plan | None,
    given: Mapping[tuple[str, ...], str],
    *,
    stood: bool,
    written: bool,
    left: Collection[tuple[str, str]] = (),
) -> dict[str, Any]:
    """Return ids, segments and campaigns as `Journal.record_plan` takes them, and acts once the save that tells of them took place.

    `given` are the ids that this run gave. Ids wait until they stand in the file (`stood`), and those of this run longer: she may save
    over it from a program that took no note. `left` are the columns that were not written. Nothing without a plan.
    """
    if plan is None:
        return {}
    names = plan.new_names
    return {
        "persons": names.persons,
        "named": names.named,
        "id_order": (names.id_order if stood else _standing(names)) or None,
        "retyped": names.retyped,
        "pending": dict(given) if stood else dict(names.id_owners),
        "inside": names.inside,
        "entered": names.entered,
        "campaigns": names.campaigns,
        "acts": plan.new_acts if written else (),
        "refused": plan.opt_outs.seen(stood=written, left=left),
        "agreed": plan.opt_outs.agreed,
        "decided": plan.undecided.decided,
    }


def _standing(names: NewNames) -> tuple[str, ...]:
    """Return the ids that stand in the list, without those that were given now and have no cell yet."""
    given = frozenset(names.id_owners.values())
    return tuple(one for one in names.id_order if one not in given)


def order_in(earlier: Workbook, ledger: Ledger) -> list[str]:
    """Return the ids that stood in the list last, as far as they stand in an earlier version of the workbook."""
    clients = earlier.raw.tables.get("Clients")
    there = set() if clients is None else {id_text(cell) for cell in clients.column("client_id").cells()}
    return [one for one in ledger.id_order if one in there]
