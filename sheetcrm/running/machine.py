"""Which machine this is, and what is said where another one sends."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from sheetcrm.errors import WorkbookLocked


@lru_cache(maxsize=1)
def _hardware() -> str:
    if sys.platform == "win32":  # pragma: no cover - we test on Linux only
        import winreg  # noqa: PLC0415 - exists on Windows only

        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key:
            return str(winreg.QueryValueEx(key, "MachineGuid")[0])
    if sys.platform == "darwin":  # pragma: no cover - we test on Linux only
        listing = subprocess.run(
            ["/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice"], capture_output=True, text=True, check=False
        ).stdout
        return next((line.split('"')[-2] for line in listing.splitlines() if "IOPlatformUUID" in line), platform.node())
    for place in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        try:
            text = Path(place).read_text("ascii").strip()
        except OSError:
            continue
        if text:
            return text
    return platform.node()


def machine_id(environ: Mapping[str, str] | None = None) -> str:
    """Return a word for this machine that outlives a lost state folder: a hash, so that a workbook tells nobody the machine's own id.

    `SHEETCRM_MACHINE` overrides it, for machines that share one id (containers, cloned images).
    """
    name = (os.environ if environ is None else environ).get("SHEETCRM_MACHINE") or _hardware()
    return hashlib.sha256(b"sheetcrm:" + name.encode()).hexdigest()[:16]


def sent_elsewhere(path: Path) -> WorkbookLocked:
    """Return the error for a workbook whose messages another machine sends."""
    return WorkbookLocked(
        f"{path.name}: another computer sends for this workbook.",
        f"If this one is to send from now on, run sheetcrm doctor {path.name} --take-over here.",
        code="another-machine",
        params={"file": path.name},
    )
