"""What docs/channels.md shows works: each address takes one recipient, each setting is one, the gateways are those of the tests."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from conftest import ROOT
from test_channels_gateway import SMSAPI, TURBOSMS

from sheetcrm.crm.settings import Settings
from sheetcrm.delivery.messengers import AppriseTransport

TEXT = (ROOT / "docs" / "channels.md").read_text("utf-8")
ADDRESSES = re.findall(r"\| `((?!https)\w+://[^`]+)` \|", TEXT)


@pytest.mark.parametrize("address", ADDRESSES, ids=[address.partition(":")[0] for address in ADDRESSES])
def test_each_address_is_one_of_apprises_that_takes_one_recipient(address: str) -> None:
    AppriseTransport(address, "sms", environ={}).check()


def test_the_addresses_are_those_of_the_services_people_ask_for() -> None:
    names = {AppriseTransport(address, "sms", environ={}).service for address in ADDRESSES}
    wanted = {"Twilio", "Vonage", "SerwerSMS", "Infobip", "SMS Eagle", "Telegram", "WhatsApp", "Signal API", "Viber"}
    assert (wanted - names, len(ADDRESSES)) == (set(), 11)


def test_the_gateways_are_those_that_are_tested_against_a_server() -> None:
    rows = re.findall(r"^\| `(gateway_\w+)` \| `(.+)` \| `(.+)` \|$", TEXT, re.MULTILINE)
    for column, settings in ((1, SMSAPI), (2, TURBOSMS)):
        assert {row[0]: row[column].replace("\\|", "|") for row in rows} == {
            row[0]: getattr(settings, row[0]) for row in rows
        }
    assert len(rows) == 6


def test_every_setting_of_a_gateway_is_told() -> None:
    ours = {field.name for field in fields(Settings) if field.name.startswith(("gateway_", "sms_"))}
    assert {name for name in ours if f"`{name}`" not in TEXT} == set()
