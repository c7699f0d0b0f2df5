"""What of a plan must outlive the run that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sheetcrm.crm.outcome import Plan


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
        "id_order": names.id_order,
        "pending": dict(given) if stood else dict(names.id_owners),
        "inside": names.inside,
        "entered": names.entered,
        "campaigns": names.campaigns,
        "acts": plan.new_acts if written else (),
        "refused": plan.opt_outs.seen(stood=written, left=left),
        "agreed": plan.opt_outs.agreed,
        "decided": plan.undecided.decided,
    }
