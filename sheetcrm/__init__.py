"""An Excel workbook as a client base that works by itself: the public names, loaded when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.crm.plain_frames import derive, find_duplicates, select, validate
    from sheetcrm.crm.planning import plan
    from sheetcrm.crm.texts import render
    from sheetcrm.crm.values import Delivery, Message, Problem
    from sheetcrm.errors import (
        SendingError,
        SheetcrmError,
        TablesNotFound,
        TemplateError,
        UsageError,
        WorkbookError,
        WorkbookLocked,
        WorkbookPassword,
        WorkbookUnreadable,
    )
    from sheetcrm.running import RunReport, open_workbook, run
    from sheetcrm.workbook.book import Workbook

# Where each public name lives. pandas takes a second to import: nothing of it is loaded before it is used (PEP 562).
_HOMES = {
    "Delivery": "crm.values",
    "Message": "crm.values",
    "Plan": "crm.outcome",
    "Problem": "crm.values",
    "RunReport": "running",
    "SendingError": "errors",
    "SheetcrmError": "errors",
    "TablesNotFound": "errors",
    "TemplateError": "errors",
    "UsageError": "errors",
    "Workbook": "workbook.book",
    "WorkbookError": "errors",
    "WorkbookLocked": "errors",
    "WorkbookPassword": "errors",
    "WorkbookUnreadable": "errors",
    "derive": "crm.plain_frames",
    "find_duplicates": "crm.plain_frames",
    "open_workbook": "running",
    "plan": "crm.planning",
    "render": "crm.texts",
    "run": "running",
    "select": "crm.plain_frames",
    "validate": "crm.plain_frames",
}

__all__ = [
    "Delivery",
    "Message",
    "Plan",
    "Problem",
    "RunReport",
    "SendingError",
    "SheetcrmError",
    "TablesNotFound",
    "TemplateError",
    "UsageError",
    "Workbook",
    "WorkbookError",
    "WorkbookLocked",
    "WorkbookPassword",
    "WorkbookUnreadable",
    "derive",
    "find_duplicates",
    "open_workbook",
    "plan",
    "render",
    "run",
    "select",
    "validate",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
