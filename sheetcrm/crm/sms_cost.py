"""What the SMS of a plan come to, before any of them goes: how many, in how many parts, for about how much."""

from __future__ import annotations

from collections.abc import Sequence

from sheetcrm.crm.formats import locale, money
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.sms_length import sms_length
from sheetcrm.crm.values import Message
from sheetcrm.languages import Language


def sms_told(messages: Sequence[Message], settings: Settings, words: Language) -> str:
    """Return how many SMS there are among these messages, and their parts and cost, in words; "" where there is none."""
    parts = [sms_length(message.text).parts for message in messages if message.channel == "sms"]
    if not parts:
        return ""
    if settings.sms_price is None:
        return words.say("sms_parts", count=len(parts), parts=sum(parts))
    cost = money(float(sum(parts) * settings.sms_price), settings.currency, locale(words.code, settings.country))
    return words.say("sms_cost", count=len(parts), parts=sum(parts), cost=cost)
