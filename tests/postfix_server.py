"""A real mail server: Postfix on loopback, with a configuration, queue and Maildir of the test's own. Needs root, as Postfix does."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

_MAIN = """
compatibility_level = 3.6
queue_directory = {base}/spool
data_directory = {base}/lib
command_directory = {commands}
daemon_directory = {daemons}
meta_directory = {meta}
maillog_file = {base}/log
maillog_file_prefixes = {base}
mail_owner = postfix
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mail.example.com
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = example.com
virtual_mailbox_base = {base}/mail
virtual_mailbox_maps = static:box/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
smtpd_relay_restrictions = permit_mynetworks, reject
default_transport = elsewhere
smtpd_tls_security_level = may
smtpd_tls_chain_files = {base}/chain.pem
strict_rfc821_envelopes = yes
default_process_limit = 10
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
elsewhere unix - n n - - pipe
  user=nobody argv={base}/elsewhere
"""
_ELSEWHERE = "#!/bin/sh\necho nobody of that name lives here\nexit 67\n"  # sysexits: EX_NOUSER
_NOBODY = 65534


@dataclass(frozen=True)
class Postfix:
    """Where it listens, where it delivers to, and the authority of its certificate."""

    port: int
    box: Path
    trust: Path
    log: Path

    def mails(self, count: int, patience: float = 30.0) -> list[bytes]:
        """Return the mails that were delivered, once there are so many."""
        until = time.monotonic() + patience
        while time.monotonic() < until and len(found := self._files()) < count:
            time.sleep(0.05)
        return [path.read_bytes() for path in found]

    def _files(self) -> list[Path]:
        new = self.box / "new"
        return sorted(new.iterdir()) if new.exists() else []


@contextmanager
def postfix_server() -> Iterator[Postfix]:
    """Run Postfix; skips the test where it is not installed, or where one may not start it."""
    if not shutil.which("postfix") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("needs Postfix (apt-get install postfix) and root")
    folder = Path(tempfile.mkdtemp(prefix="postfix"))
    try:
        with _started(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _started(folder: Path) -> Iterator[Postfix]:
    folder.chmod(0o755)
    for name in ("etc", "spool", "lib", "mail"):
        (folder / name).mkdir(mode=0o755)
    os.chown(folder / "mail", _NOBODY, _NOBODY)
    shutil.chown(folder / "lib", "postfix")
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(folder / "chain.pem"))
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {name: _default(f"{name}_directory") for name in ("command", "daemon", "meta")}
    text = _MAIN.format(
        base=folder, uid=_NOBODY, commands=places["command"], daemons=places["daemon"], meta=places["meta"]
    )
    (folder / "etc" / "main.cf").write_text(text)
    (folder / "etc" / "master.cf").write_text(_MASTER.format(port=port, base=folder))
    (folder / "elsewhere").write_text(_ELSEWHERE)
    (folder / "elsewhere").chmod(0o755)
    command = ["postfix", "-c", str(folder / "etc")]
    done = subprocess.run([*command, "start"], capture_output=True, text=True, check=False)
    log = folder / "log"
    try:
        _wait_for(port, lambda: done.stderr + (log.read_text("utf-8") if log.exists() else ""))
        yield Postfix(port, folder / "mail" / "box", folder / "authority.pem", log)
    finally:
        subprocess.run([*command, "stop"], capture_output=True, check=False)


def _default(name: str) -> str:
    return subprocess.run(["postconf", "-dh", name], capture_output=True, text=True, check=True).stdout.strip()


def _wait_for(port: int, why: object, patience: float = 20.0) -> None:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(why() if callable(why) else why)
