"""A small business for the sending machine: a workbook, its owner's hand, a mail server, a clock; and what must hold after each run.

A person is known by the beginning of her address, `p3` of `p3.a@example.com`: it stays whatever else of her row is edited.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from owner_hand import append, column, edited, opened_in_excel, sheet
from python_calamine import CalamineWorkbook
from run_process import Ended, Job, Log, Runs, clock_at

import sheetcrm as crm
from sheetcrm.crm.values import Delivery, Key, Message, Status
from sheetcrm.delivery.journal import Journal
from sheetcrm.errors import SendingError, UsageError, WorkbookError
from sheetcrm.running.resolving import resolve_message
from sheetcrm.testing import make_workbook
from sheetcrm.workbook.marks import identity_of

START = datetime(2026, 11, 22, 9, 0)
TODAY = START.date()
NAMES = ("Anna", "Eve", "Mia", "Jo", "Ida", "Zoe", "Amy", "Lea", "Kim", "Sue")
VISITS = """
    Date       | Client             | Service | Amount | Status
    2026-11-21 | p1.a@example.com   | Cut     | 50     |
    2026-11-21 | p2.a@example.com   | Cut     | 50     |
    2026-11-24 | p3.a@example.com   | Cut     |        | planned
"""
CAMPAIGNS = """
    Campaign  | Active | Trigger   | Date  | Days | Segment | Approval
    Birthdays | yes    | birthday  |       |      |         |
    Thanks    | yes    | thank-you |       | 1    |         |
    Reminders | yes    | reminder  |       | -1   |         |
    Tea       | yes    | segment   |       |      | tea     |
    Club      | yes    | date      | 11-24 |      |         |
    Gift      | yes    | date      | 11-25 |      |         | tick
"""
SEGMENTS = """
    Segment | Rule
    tea     | notes == "likes tea"
"""
SETTINGS = """
    Setting  | Value
    business | Malva
    sender   | malva@example.com
    language | en
    cap      | off
"""
LINES = tuple(line.split("|")[0].strip() for line in CAMPAIGNS.strip().splitlines()[1:])
REMINDERS, TICKED = LINES.index("Reminders"), LINES.index("Gift")
HERS = {
    "Clients": ("Name", "Email", "Birthday", "Email consent", "Do not contact", "Notes"),
    "Visits": ("Date", "Client", "Service", "Amount", "Status"),
    "Campaigns": ("Campaign", "Active", "Trigger", "Date", "Days", "Segment", "Approval"),
    "Segments": ("Segment", "Rule"),
    "Settings": ("Setting", "Value"),
}
UNSURE = "not certain"
SAID = {UNSURE: "unknown", "not sent": "failed"}
ASKS = ("it is not known what was sent before", "may already have been sent")

OUTCOMES = ("sent", "failed", "refused", "stored, then lost", "lost", "breaks", "gives up", "interrupted")
"""What may become of a mail; the last two end the run."""


class Mail(NamedTuple):
    """A mail that the server has stored."""

    campaign: str
    client_id: str
    occasion: str
    to: str
    text: str

    @property
    def person(self) -> str:
        return person_of(self.to)

    @property
    def key(self) -> Key:
        return Key(self.campaign, self.client_id, self.occasion)


def person_of(address: str | None) -> str:
    return (address or "").partition("@")[0].partition(".")[0]


class Server(Log):
    """The mail server of a run in this process.

    `outcomes` by turns say what becomes of each mail; `meanwhile` is called after the first.
    """

    def __init__(self, path: Path, outcomes: Sequence[str], meanwhile: Callable[[], object] | None) -> None:
        super().__init__(path)
        self.tried: dict[str, list[Key]] = {one: [] for one in OUTCOMES}
        self.before = len(self.mails())
        self._outcomes = outcomes
        self._meanwhile = meanwhile
        self._count = 0

    def send(self, message: Message) -> Delivery:
        """Store the mail, or not, and say something true or nothing of it."""
        outcome = self._outcomes[self._count % len(self._outcomes)]
        self._count += 1
        self.tried[outcome].append(message.key)
        if outcome == "gives up":
            raise SendingError("The server has had enough.", "Try later.")
        if outcome == "interrupted":
            raise KeyboardInterrupt
        if outcome not in ("failed", "refused", "lost"):
            self.store(message)
        if self._count == 1 and self._meanwhile is not None:
            self._meanwhile()
        if outcome == "breaks":
            raise ValueError(outcome)
        return {
            "sent": Delivery(Status.SENT),
            "failed": Delivery(Status.FAILED, "450 4.2.0 come back later", passing=True),
            "refused": Delivery(Status.FAILED, "550 5.1.1 no such mailbox"),
        }.get(outcome, Delivery(Status.UNKNOWN, "the connection broke after the message was handed over"))


class Sheets:
    """What stands in the workbook: rows by header, with their number; an empty cell is None."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._file = CalamineWorkbook.from_filelike(BytesIO(data))
        self._known: dict[str, list[dict[str, Any]]] = {}

    def __getitem__(self, table: str) -> list[dict[str, Any]]:
        if table not in self._known:
            self._known[table] = self._rows(table)
        return self._known[table]

    def _rows(self, table: str) -> list[dict[str, Any]]:
        if table not in self._file.sheet_names:
            return []
        lines = self._file.get_sheet_by_name(table).to_python(skip_empty_area=False)
        top = next(n for n, line in enumerate(lines) if sum(cell != "" for cell in line) > 1)  # a hint may stand above
        cells: list[list[Any]] = [[None if cell == "" else cell for cell in line] for line in lines[top + 1 :]]
        headers: list[str] = [str(cell) for cell in lines[top]]
        found: list[dict[str, Any]] = []
        for number, line in enumerate(cells, top + 2):
            found.append({**dict(zip(headers, line, strict=True)), "row": number})
        return [row for row in found if any(cell is not None for header, cell in row.items() if header != "row")]

    @property
    def hers(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return the owner's cells."""
        return {table: [tuple(row[h] for h in headers) for row in self[table]] for table, headers in HERS.items()}

    def unwilling(self, line: int) -> set[str]:
        """Return the ids of clients who want none of that campaign's mail."""
        return {row["Client ID"] for row in self["Clients"] if row.get("Client ID") and not wants(row, line)}

    @property
    def words(self) -> dict[str, str]:
        """Return what she has said in Outbox, by key."""
        return {row["Key"]: row["Send?"] for row in self["Outbox"] if row["Send?"]}

    @property
    def merged(self) -> dict[str, set[str]]:
        """Return the people who live on in each client, by id: herself and those who were merged into her."""
        into = {row.get("Client ID"): row.get("Merged into") for row in self["Clients"]}
        found: dict[str, set[str]] = {}
        for row in self["Clients"]:
            at, seen = row.get("Client ID"), set[str]()
            while into.get(at) and at not in seen:
                seen.add(str(at))
                at = into[at]
            found.setdefault(str(at), set()).add(person_of(row["Email"]))
        return found


def wants(row: dict[str, Any], line: int) -> bool:
    return row["Do not contact"] != "yes" and (line == REMINDERS or row["Email consent"] == "yes")


class World:
    """The business. Its methods are what may happen there; `run` and `crash` look whether all holds and raise AssertionError."""

    def __init__(self, folder: Path, runs: Runs | None = None) -> None:
        """`runs`: where runs are to be killed."""
        folder.mkdir(parents=True)
        self.runs, self.folder, self.state = runs, folder, Path(os.environ["SHEETCRM_STATE"])
        self.now = START
        self._seen: Sheets | None = None
        self.people = 0
        desk = folder / "desk"
        desk.mkdir()
        clients = [self._newcomer(TODAY + timedelta(days)) for days in (-1, 0, 0, 0, 1, 2, 2, 9)]
        table = "\n".join(
            " | ".join(str(cell) for cell in line) for line in (HERS["Clients"], *(c.values() for c in clients))
        )
        texts = {"visits": VISITS, "campaigns": CAMPAIGNS, "segments": SEGMENTS, "settings": SETTINGS}
        self.book = make_workbook(desk / "salon.xlsx", table, tables=True, **texts)
        self.log = Log(folder / "server")
        self.lineage = {name: line for line, name in enumerate(LINES)}
        self.copies: list[bytes] = []
        self.lost_since: datetime | None = None  # the state folder, and nothing ran since
        self.calm = True  # nothing was put back, lost or killed: then nobody may be missing without a word
        self.sound = True  # no run has shown a fault

    def _newcomer(self, birthday: date) -> dict[str, Any]:
        self.people += 1
        name = f"{NAMES[self.people % len(NAMES)]} P{self.people}"
        born = date(1990, birthday.month, min(birthday.day, 28))
        cells = (name, f"p{self.people}.a@example.com", born, "yes", "no", f"note of {self.people}")
        return dict(zip(HERS["Clients"], cells, strict=True))

    # what she does

    @property
    def locked(self) -> bool:
        return self._note.exists()

    @property
    def _note(self) -> Path:
        return self.book.with_name(f"~${self.book.name}")

    def lock(self) -> None:
        opened_in_excel(self.book)

    def unlock(self) -> None:
        self._note.unlink(missing_ok=True)

    def sheets(self) -> Sheets:
        data = self.book.read_bytes()
        if self._seen is None or self._seen.data != data:
            self._seen = Sheets(data)
        return self._seen

    def client(self, which: int) -> dict[str, Any]:
        rows = self.sheets()["Clients"]
        return rows[which % len(rows)]

    def type_in(self, table: str, row: int, **cells: Any) -> None:
        """Type into cells of a row; `Email_consent` is `Email consent`."""
        with edited(self.book) as file:
            page = sheet(file, table)
            for header, value in cells.items():
                page.cell(row, column(page, header.replace("_", " "))).value = value

    def add_client(self, days: int) -> None:
        made = self._newcomer(self.now.date() + timedelta(days))
        with edited(self.book) as file:
            append(sheet(file, "Clients"), made)

    def copy_row(self, which: int) -> None:
        """Copy a whole row of hers to the end, id and all."""
        row = self.client(which)
        with edited(self.book) as file:
            append(
                sheet(file, "Clients"), {h: row[h] for h in ("Client ID", *HERS["Clients"]) if row.get(h) is not None}
            )

    def change_address(self, which: int, letter: str) -> None:
        """Give a person another address; where two rows have hers, that row becomes another person's."""
        row = self.client(which)
        person = person_of(row["Email"])
        rows = self.sheets()["Clients"]
        if [person_of(one["Email"]) for one in rows].count(person) > 1:
            self.people += 1
            person = f"p{self.people}"
        self.type_in("Clients", row["row"], Email=f"{person}.{letter}@example.com")

    def visit(self, which: int, days: int) -> None:
        """Note that she was here so many days ago, or that she comes."""
        row = self.client(which)
        told = {"Amount": 20.0} if days > 0 else {"Status": "planned"}
        with edited(self.book) as file:
            day = {"Date": self.now.date() - timedelta(days), "Client": row["Email"], "Service": "Cut"}
            append(sheet(file, "Visits"), day | told)

    def rename_campaign(self, which: int) -> None:
        rows = self.sheets()["Campaigns"]
        row = rows[which % len(rows)]
        name = f"{row['Campaign'].split(' ')[0]} {len(self.lineage)}"
        self.lineage[name] = self.lineage[row["Campaign"]]
        self.type_in("Campaigns", row["row"], Campaign=name)

    def say(self, which: int, word: str | None) -> None:
        """Tick a line of Outbox, or say no."""
        if rows := self.sheets()["Outbox"]:
            self.type_in("Outbox", rows[which % len(rows)]["row"], **{"Send?": word})

    def merge(self, which: int) -> bool:
        """Decide that two are one; the next run carries it out."""
        rows = [row for row in self.sheets()["Duplicates"] if row["Client 1"] and row["Client 2"]]
        if rows:
            self.type_in("Duplicates", rows[which % len(rows)]["row"], Decision="merge")
        return bool(rows)

    def put_back(self, which: int) -> None:
        """Put an older copy of the workbook back."""
        if self.copies:
            self.book.write_bytes(self.copies[which % len(self.copies)])
            self.calm = False

    def lose_state(self) -> None:
        """Delete the state folder, unless nobody could know that this workbook ever ran, or the clock is behind what was sent."""
        carries_id = identity_of(self.book.read_bytes(), self.book.name, None).id
        if carries_id and self.state.exists() and not self._mails_of_the_future():
            shutil.rmtree(self.state)
            self.lost_since = self.now
            self.calm = False

    def _mails_of_the_future(self) -> bool:
        return any(at > self.now for at in self._sent_at)

    @property
    def _sent_at(self) -> list[datetime]:
        path = self.folder / "latest"
        return [datetime.fromisoformat(path.read_text("ascii"))] if path.exists() else []

    def turn_clock(self, by: timedelta) -> None:
        """Let time pass, or the clock be wrong."""
        then = self.now + by
        if datetime(2024, 1, 1) < then < datetime(2030, 1, 1) and (self.lost_since is None or then >= self.lost_since):
            self.now = then

    def answer(self, which: int) -> None:
        """Say, truly, what became of a message that is in doubt."""
        sheets = self.sheets()
        asked = [row for row in sheets["Sent"] if row["Status"] == UNSURE]
        asked += [row for row in sheets["Outbox"] if str(row["Reason"]).startswith(ASKS)]
        if not asked:
            return
        row = asked[which % len(asked)]
        key, who = row["Key"], sheets.merged.get(row["Client ID"], set())
        line = self.lineage.get(row["Campaign"])
        mails = [Mail(*mail) for mail in self.log.mails()]
        # what she knows: it came under this key, or the same under another name or to another row of hers
        came = any(m.key.short == key or (self.lineage[m.campaign] == line and m.person in who) for m in mails)
        with clock_at(self.now):
            try:
                resolve_message(self.book, key, Status.SENT if came else Status.FAILED)
            except UsageError as error:
                if error.text not in ("no-such-key", "outcome-known"):  # the sheet is behind the journal
                    raise

    # what happens

    def run(
        self,
        outcomes: Sequence[str] = ("sent",),
        *,
        limit: int | None = None,
        meanwhile: Callable[[], object] | None = None,
    ) -> crm.RunReport | None:
        """Run, and look; None where it was interrupted."""
        before, during, changed = self.sheets(), [0], [False]

        def edit() -> None:
            assert meanwhile is not None
            during[0] = len(self.log.mails())
            meanwhile()
            changed[0] = True

        server = Server(self.log.path, outcomes, edit if meanwhile else None)
        report: crm.RunReport | None = None
        with clock_at(self.now):
            try:
                report = self._run(server, limit)
            except (KeyboardInterrupt, SendingError):
                assert server.tried["interrupted"] or server.tried["gives up"]
        self._look(before, server.before, during[0] if changed[0] else None)
        return report

    def _run(self, server: Server, limit: int | None) -> crm.RunReport:
        """Run; where the clock is behind the last run, that is said, nothing goes, and she gives the day by hand."""
        try:
            return crm.run(self.book, limit=limit, yes=True, transport=server)
        except WorkbookError as error:
            if error.code != "clock":
                raise
        assert len(self.log.mails()) == server.before
        return crm.run(self.book, on=self.now.date(), limit=limit, yes=True, transport=server)

    def crash(self, checkpoint: int) -> Ended:
        """Run in a process of its own that is killed."""
        assert self.runs is not None
        before, count = self.sheets(), len(self.log.mails())
        command = ("run", str(self.book), "--yes", "--json")
        environ = {"SHEETCRM_STATE": str(self.state)}
        [ended] = self.runs(Job(command, kill_at=checkpoint, log=self.log.path, clock=self.now), **environ)
        said = ended.out + ended.err
        fine = ended.code in (-9, 0, 1) or '"code": "clock"' in said
        assert (fine, "Traceback" in said) == (True, False), said
        self.calm = self.calm and ended.code != -9
        self._look(before, count, None, killed=ended.code == -9)
        return ended

    def _look(self, before: Sheets, old: int, edited_at: int | None, *, killed: bool = False) -> None:
        self.lost_since, self.sound = None, False
        data = self.book.read_bytes()
        after, mails = self.sheets(), [Mail(*mail) for mail in self.log.mails()]
        if len(mails) > old:
            latest = max([self.now, *self._sent_at])
            (self.folder / "latest").write_text(latest.isoformat(), "ascii")
        people = after.merged
        for number, mail in enumerate(mails[old:], old):
            same = {person_of(mail.to)} | people.get(mail.client_id, set())
            earlier = [m for m in mails[:number] if self.lineage[m.campaign] == self.lineage[mail.campaign]]
            twice = [m for m in earlier if m.occasion == mail.occasion and m.person in same]
            assert twice == [], f"{mail} after {twice}"
            now = after if edited_at is not None and number >= edited_at else before
            line = self.lineage[mail.campaign]
            assert mail.client_id not in now.unwilling(line), f"{mail} wants none"
            if edited_at is None:
                word = before.words.get(mail.key.short)
                assert word != "no", f"{mail} against her no"
                assert line != TICKED or word == "yes", f"{mail} without her tick"
        if edited_at is None:
            changed = {table for table, cells in after.hers.items() if cells != before.hers[table]}
            by_merging = (
                {"Clients"} if after.merged != before.merged else set[str]()
            )  # who stays gets what the other had
            assert changed <= by_merging, [(before.hers[table], after.hers[table]) for table in changed]
        if not (killed or self.locked):
            self._agree(after)
        self.copies = [*self.copies[-5:], data]
        self.sound = True

    def _agree(self, sheets: Sheets) -> None:
        """The journal and the Sent sheet say the same."""
        in_sheet = {row["Key"]: SAID.get(row["Status"], row["Status"]) for row in sheets["Sent"]}
        with self._journal() as journal:
            known = {(row.short or row.key.short): str(row.status) for row in journal.records()}
        differing = sorted(in_sheet.items() ^ known.items())
        assert differing == [], f"Sent and the journal differ: {differing}"

    def _journal(self) -> Journal:
        found = identity_of(self.book.read_bytes(), self.book.name, None).id
        return Journal.read(self.state, found)

    def settle(self) -> None:
        """Close the workbook, run until quiet; nobody of the day is missing without a word, where nothing went wrong."""
        self.unlock()
        for _ in range(4):
            report = self.run()
            assert report is not None
            if (report.sent, report.failed, report.unknown, report.written) == (0, 0, 0, False):
                break
        else:
            raise AssertionError("it never comes to rest")
        if self.calm:
            self._nobody_is_missing()

    def _nobody_is_missing(self) -> None:
        sheets, today = self.sheets(), self.now.date()
        greeted = {mail.person for mail in map(Mail._make, self.log.mails()) if mail.occasion == str(today.year)}
        told = {row["Client ID"] for table in ("Sent", "Outbox") for row in sheets[table]}
        for row in sheets["Clients"]:
            born = row["Birthday"]
            if (born.month, born.day) == (today.month, today.day) and wants(row, 0) and not row.get("Merged into"):
                assert person_of(row["Email"]) in greeted or row["Client ID"] in told, row
