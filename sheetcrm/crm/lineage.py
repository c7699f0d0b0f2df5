"""Campaigns that were renamed: what went out under a name that a campaign had before does not go again.

The key of a message holds its campaign's name. So the ledger remembers which campaigns stood in the table: one that
appears there while another of its trigger is gone is taken for that one, renamed; two that stand there together are
two. Only what was served for the same client and occasion counts, so a new campaign in an old one's place writes to
everybody as soon as there is something new to write about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from functools import cached_property

from sheetcrm.crm.campaign_table import Campaign
from sheetcrm.crm.values import Key, Ledger, SentRecord, Status, Trace
from sheetcrm.languages.folding import name_alike

_NEAR = 30  # days; a due day further off was another trigger's: she greets a birthday and an anniversary in one year
_SETTLED = frozenset({Status.SENT, Status.SKIPPED, Status.SENDING, Status.UNKNOWN})
_NUMBER = re.compile(r"(\d+)\.0+\Z")


def bare_id(client_id: str) -> str:
    """Return a client's id as it is compared: one that became a number is the same."""
    bare = client_id.strip()
    return _NUMBER.sub(r"\1", bare) if ".0" in bare else bare


class Tie(Enum):
    """How another name is related to a campaign."""

    FORMER = "its own, before"
    PERHAPS = "of several campaigns of its trigger that are gone, one may have been this"
    STRANGER = "sent under it, by a trigger that nobody remembers: a lost journal, or one of an earlier version"


@dataclass(frozen=True)
class Lineage:
    """Which names the campaigns of the table had before, and what is known to have been sent under those.

    `standing` are all names in the table, as `name_alike` has them, also of rows that cannot run.
    """

    campaigns: Sequence[Campaign] = ()
    ledger: Ledger = field(default_factory=Ledger)
    standing: frozenset[str] = frozenset()
    on: date = date.max

    @cached_property
    def traces(self) -> Mapping[str, Trace]:
        """What is to be remembered of the campaigns, by `name_alike`: of those in the table, and that others are gone."""
        known = self.ledger.campaigns
        found = {name: replace(trace, gone=True) for name, trace in known.items() if name not in self.standing}
        for trigger in dict.fromkeys(c.trigger for c in self.campaigns):
            found |= self._traces_of(trigger)
        return found

    def _traces_of(self, trigger: str) -> dict[str, Trace]:
        """Trace the campaigns of one trigger: those that stood in the table before, and whom each new one continues."""
        known, lines = self.ledger.campaigns, self._lines(trigger)
        here = {name_alike(c.name): c for c in self.campaigns if c.trigger == trigger}
        new = {n: c for n, c in here.items() if n not in known or known[n].gone or known[n].trigger != trigger}
        same = {n: [x for x in lines if any(known[o].definition == c.definition for o in x)] for n, c in new.items()}
        left = [line for line in lines if not any(line in others for others in same.values())]
        found = {}
        for name, campaign in here.items():
            trace = known.get(name) or Trace(campaign.name, trigger)
            if name in new:
                back = trace.definition == campaign.definition  # the one that had this name is back
                names = tuple(n for line in same[name] or ([] if back else left) for n in line)
                sure = bool(same[name]) or len(left) == 1
                earlier = trace.former if trace.trigger == trigger else ()  # those were of another trigger, as it was
                former = tuple(dict.fromkeys((*names, *earlier))) if sure else earlier
                trace = replace(trace, former=former, perhaps=() if sure else names, since=self.on, gone=False)
            found[name] = replace(trace, name=campaign.name, trigger=trigger, definition=campaign.definition)
        return found

    def _lines(self, trigger: str) -> list[tuple[str, ...]]:
        """Return the campaigns of a trigger that are gone, and that none of those in the table continues.

        Each with all the names that it had, the latest first.
        """
        known = self.ledger.campaigns
        continued = {name for alike in known if self._stands(alike) for name in known[alike].former}
        gone = [n for n, t in known.items() if t.trigger == trigger and n not in continued and not self._stands(n)]
        lines: list[set[str]] = []
        for name in gone:
            line = {name, *known[name].former} & set(gone)
            joined = [other for other in lines if other & line]
            lines = [other for other in lines if not other & line] + [line.union(*joined)]
        return [tuple(sorted(line, key=lambda n: (known[n].since or date.min, n), reverse=True)) for line in lines]

    def _stands(self, alike: str) -> bool:
        """Tell whether a campaign that is known is in the table, and not another one that bears its name by now."""
        trigger = self.ledger.campaigns[alike].trigger
        return alike in self.standing and self._triggers.get(alike, trigger) == trigger

    @cached_property
    def _triggers(self) -> Mapping[str, str]:
        return {name_alike(c.name): c.trigger for c in self.campaigns}

    def served(self, campaign: Campaign, key: Key, due: date) -> tuple[SentRecord, bool] | None:
        """Return what went out, or may have, for this client and occasion under another name that was this campaign's.

        The second value tells whether that is sure; if not, it may have been another campaign.
        """
        ties = self._ties.get(campaign.name)
        doubtful = None
        for record in self._served.get((bare_id(key.client_id), key.occasion), ()) if ties else ():
            name = name_alike(record.key.campaign)
            tie = ties.get(name) if ties else None
            if tie is None or not self._is_of_before(record, name, campaign):
                continue
            if tie is Tie.FORMER or record.due == due:
                return record, True
            if tie is Tie.PERHAPS or record.due is None or abs((record.due - due).days) <= _NEAR:
                doubtful = record, False
        return doubtful

    def _is_of_before(self, record: SentRecord, name: str, campaign: Campaign) -> bool:
        """Tell whether a record is no other campaign's that bears the former name by now."""
        since = self.traces[name_alike(campaign.name)].since
        return name not in self.standing or since is None or record.at[:10] <= since.isoformat()

    def former_keys(self, campaign: Campaign, key: Key) -> Iterator[Key]:
        """Yield the keys that a message had before its campaign was renamed, or spelt otherwise."""
        known = self.ledger.campaigns
        names = (name_alike(campaign.name), *self.former_names(campaign))
        yield from (key._replace(campaign=known[name].name) for name in names if name in known)

    def former_names(self, campaign: Campaign) -> tuple[str, ...]:
        """Return the names (`name_alike`) that a campaign surely had before."""
        ties = self._ties.get(campaign.name, {})
        return tuple(name for name, tie in ties.items() if tie is Tie.FORMER)

    def continued(self, campaign: Campaign) -> tuple[str, ...]:
        """Return the former names, the latest first, under which it was the very same but for its name."""
        trace = self.traces.get(name_alike(campaign.name))
        former = () if trace is None else trace.former
        known = self.ledger.campaigns
        return tuple(
            n for n in former if n not in self.standing and n in known and known[n].definition == campaign.definition
        )

    @cached_property
    def _ties(self) -> dict[str, dict[str, Tie]]:
        """How other names are related to each campaign, by its name; without those that are related to none."""
        ties = {c.name: self._relatives(c) | self._strangers(c) for c in self.campaigns}
        return {name: others for name, others in ties.items() if others}

    def _relatives(self, campaign: Campaign) -> dict[str, Tie]:
        alike, known = name_alike(campaign.name), self.ledger.campaigns
        trace = self.traces[alike]
        found = dict.fromkeys(trace.perhaps, Tie.PERHAPS)
        for name, later in known.items():  # a copy of the workbook from before it was renamed has been put back
            if name not in self.standing and alike in (*later.former, *later.perhaps):
                found[name] = Tie.FORMER if alike in later.former else Tie.PERHAPS
        related = {n: tie for n, tie in found.items() if n in known and known[n].trigger == campaign.trigger}
        return {
            **related,
            **{name: Tie.FORMER for name in trace.former if name in known},
        }  # whatever is called so by now

    def _strangers(self, campaign: Campaign) -> dict[str, Tie]:
        """Return the names out of an unknown past that were last used before this campaign was first."""
        if not self._unknown:
            return {}
        own = (name_alike(campaign.name), *self.traces[name_alike(campaign.name)].former)
        first = min((at for name in own for at in self._uses.get(name, ())), default="")
        return {n: Tie.STRANGER for n in self._unknown if not first or max(self._uses.get(n, ("",))) <= first}

    @cached_property
    def _unknown(self) -> frozenset[str]:
        """Names under which something was sent, and that neither the table nor the ledger's memory of it has."""
        used = {name_alike(name) for name in {key.campaign for key in self.ledger.sent} if name}
        return frozenset(used - self.standing - self.ledger.campaigns.keys())

    @cached_property
    def _uses(self) -> dict[str, list[str]]:
        """When something was sent, by the campaign's name."""
        found: dict[str, list[str]] = {}
        for key, record in self.ledger.sent.items():
            if record.at:
                found.setdefault(name_alike(key.campaign), []).append(record.at)
        return found

    @cached_property
    def _served(self) -> dict[tuple[str, str], list[SentRecord]]:
        """What went out, or may have, under names related to campaigns of the table, by client and occasion."""
        wanted = {name for others in self._ties.values() for name in others}
        found: dict[tuple[str, str], list[SentRecord]] = {}
        for key, record in self.ledger.sent.items() if wanted else ():
            if record.status in _SETTLED and name_alike(key.campaign) in wanted:
                found.setdefault((bare_id(key.client_id), key.occasion), []).append(record)
        return found
