"""Messages taken out of a plan because what came before is not sure: a journal that was lost, ids beside other clients."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sheetcrm.crm.values import Doubt, Held, Message


def without_doubtful(messages: Sequence[Message], doubt: Doubt | None) -> tuple[tuple[Message, ...], list[Held]]:
    """Take out what may have gone out already, unknown to a lost journal, until the owner says that it has not."""
    if doubt is None:
        return tuple(messages), []
    doubtful = [m for m in messages if doubt.covers(m.key, m.due)]
    return tuple(m for m in messages if not doubt.covers(m.key, m.due)), [_held(m, "unknown-history") for m in doubtful]


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
