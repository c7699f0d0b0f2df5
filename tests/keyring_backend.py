"""A keyring of the test's own: passwords in the file that TEST_KEYRING names."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class FileKeyring(KeyringBackend):
    priority = 1

    @property
    def file(self) -> Path:
        return Path(os.environ["TEST_KEYRING"])

    def known(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.file.read_text("utf-8")) if self.file.exists() else {}
        return found

    def get_password(self, service: str, username: str) -> str | None:
        return self.known().get(f"{service}: {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.file.write_text(json.dumps({**self.known(), f"{service}: {username}": password}), "utf-8")
