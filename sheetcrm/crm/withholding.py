"""Messages taken out of a plan because what came before is not sure: a journal that was lost, ids beside other clients.

And of what is held for several reasons, which of them is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from sheetcrm.crm.approval import STOPPED
from sheetcrm.crm.values import Doubt, Held, Key, Message, key_of


def without_doubtful(
    messages: Sequence[Message], doubt: Doubt | None, stopped: Mapping[Key, str]
) -> tuple[tuple[Message, ...], list[Held]]:
    """Take out what may have gone out already, unknown to a lost journal, until the owner says that it has not.

    What she refuses (`stopped`, by key why) goes in no case: it is not asked about, and her no stays where it stands.
    """
    if doubt is None:
        return tuple(messages), []
    doubtful = [m for m in messages if doubt.covers(m.key, m.due) and stopped.get(m.key) != STOPPED]
    asked = {m.key for m in doubtful}
    return tuple(m for m in messages if m.key not in asked), [_held(m, "unknown-history") for m in doubtful]


def without_astray(
    messages: Sequence[Message], held: Sequence[Held], astray: Collection[str]
) -> tuple[tuple[Message, ...], list[Held]]:
    """Take out what would go to clients beside whose ids others stood before: whom it greets and what she got is not sure."""
    there = [_held(m, "astray") for m in messages if m.key.client_id in astray]
    return tuple(m for m in messages if m.key.client_id not in astray), [*held, *there]


def _held(message: Message, reason: str) -> Held:
    key = message.key
    return Held(key.campaign, key.client_id, message.client, key.occasion, message.due, reason, row=message.row)


def but_for(held: Sequence[Held], unclear: Sequence[Held]) -> Iterator[Held]:
    """Yield those held but for what is told of them with another reason: she had better not send them by hand either."""
    told = {(one.campaign, one.client_id, one.occasion) for one in unclear}
    yield from (one for one in held if (one.campaign, one.client_id, one.occasion) not in told)


def by_her_word(held: Sequence[Held], written: Sequence[Message], stopped: Mapping[Key, str]) -> tuple[Held, ...]:
    """Return those held, those `written` all the same with the reason for which they are `stopped` by her word or for want of it.

    That is what she can do something about; the hour, or a channel that is not set up, comes after it.
    """
    reasons = {message.key: stopped[message.key] for message in written if message.key in stopped}
    if not reasons:
        return tuple(held)
    return tuple(
        replace(one, reason=reasons[key], detail="") if (key := key_of(one)) in reasons else one for one in held
    )
