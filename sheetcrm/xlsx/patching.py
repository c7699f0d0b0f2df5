"""An editor's edits written in one pass: each sheet is patched, compressed and written a piece at a time when its turn has come.

What a sheet's patch turns out to be may ask for something in a part that was written before it (a formula gone from the list of
formula cells, a style for a date): then all is written once more, knowing it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO

from sheetcrm.xlsx.background import work_ahead
from sheetcrm.xlsx.errors import ProofFailed, Unsupported, XlsxError
from sheetcrm.xlsx.receipt import LeftCell, Receipt
from sheetcrm.xlsx.rewriting import Again, AsItWas, Content
from sheetcrm.xlsx.rows import Blocked
from sheetcrm.xlsx.sheet import BlockedFoundError, SheetEdits, SheetPatcher

if TYPE_CHECKING:
    from sheetcrm.xlsx.editor import Editor

_PASSES = 4
"""How often all is written at most: what a pass adds is known in the next one, so that two do."""


class PatchedSheet:
    """A sheet's new content, made whenever it is called for; what was done to it is known behind its last piece."""

    def __init__(self, editor: Editor, part: str, edits: SheetEdits) -> None:
        self.part = part
        self.edits = edits
        self.changed = False
        self.not_grown: list[str] = []
        self._editor = editor
        self._prefix = editor.prefix(part)
        self._blocked: tuple[Blocked, ...] = ()

    def __call__(self) -> Iterator[bytes]:
        """Give the sheet's bytes.

        At their end, raises `Again` where areas came up that must not be written, else `AsItWas` where nothing changed.
        """
        editor = self._editor
        self.not_grown = editor.not_grown = []
        self.rows = editor.patcher(self._prefix, self.edits.own_formulas, self._blocked)
        self.patcher = SheetPatcher(self.edits, self.rows, self.part)
        try:
            yield from work_ahead(self.patcher.patch(work_ahead(editor.chunks(self.part))))
        except BlockedFoundError as found:
            self._blocked += tuple(found.blocked)
            raise Again from None
        except XlsxError as error:
            error.sheet = self._title()
            raise
        self.changed = bool(self.rows.tally.cells or self.patcher.frame_changed)
        if not self.changed and editor.parts.new(self.part) is None:
            raise AsItWas

    def _title(self) -> str:
        parts = {sheet.part.casefold(): sheet.title for sheet in self._editor.document.sheets}
        return parts.get(self.part.casefold(), "")

    def tell(self, receipt: Receipt) -> None:
        """Put what was done into a receipt."""
        receipt.left += [LeftCell(self.part, *left) for left in self.rows.tally.left]
        receipt.not_grown += self.not_grown
        if self.changed:
            receipt.cells[self.part] = self.rows.tally.cells
            receipt.edits[self.part] = self.edits
            receipt.tails[self.part] = self.patcher.tails
            if self._editor.parts.new(self.part) is not None:
                receipt.made.add(self.part)


class StylesPart:
    """The style sheet's new content, made when its turn has come: the sheets before it may have added styles."""

    def __init__(self, editor: Editor) -> None:
        self.part = editor.document.part_by_kind("styles")
        self.written: bytes | None = None
        self._editor = editor

    def __call__(self) -> Iterator[bytes]:
        """Give its bytes. Raises `AsItWas` where nothing was added."""
        self._editor.put_styles()
        self.written = self._editor.parts.new(self.part or "")
        if self.written is None:
            raise AsItWas
        yield self.written


def write(editor: Editor, edits: Mapping[str, SheetEdits], out: BinaryIO) -> Receipt:
    """Write an editor's workbook. Where nothing changed, the very bytes that were read. Raises Unsupported."""
    receipt = Receipt(not_grown=list(editor.not_grown), date1904=editor.document.date1904, names=dict(editor.names))
    sheets = [PatchedSheet(editor, part, one) for part, one in edits.items() if not one.is_empty]
    start, parts_changed = out.tell(), editor.parts.changed
    if sheets or parts_changed:
        editor.finish(formulas_removed=False)
        for _ in range(_PASSES):
            if _is_settled(editor, sheets, out):
                break
            _rewind(out, start)
        else:
            raise ProofFailed("what is to be written does not settle", "unsettled")
    for sheet in sheets:
        sheet.tell(receipt)
    receipt.changed = parts_changed or bool(receipt.edits)
    if not receipt.changed:
        _rewind(out, start)
        out.write(editor.package.data)
        return receipt
    if editor.document.has_signature and not editor.edit_signed:
        _rewind(out, start)
        raise Unsupported("the workbook is digitally signed: any change would break the signature", "signed")
    replaced, added = editor.parts.replaced, editor.parts.added
    receipt.replaced = (
        *replaced,
        *(s.part for s in sheets if s.changed and s.part in editor.package and s.part not in replaced),
    )
    receipt.added, receipt.removed = tuple(added), tuple(editor.parts.removed)
    receipt.full_calculation = editor.full_calculation
    receipt.dissolved = list(editor.dissolved)
    receipt.unlinked = editor.parts.unlinked
    return receipt


def _rewind(out: BinaryIO, start: int) -> None:
    out.seek(start)
    out.truncate()


def _is_settled(editor: Editor, sheets: Sequence[PatchedSheet], out: BinaryIO) -> bool:
    """Write all once; False where a part should be another now than it was written."""
    styles = StylesPart(editor)
    before = editor.parts.state
    replaced: dict[str, Content] = dict(before.replaced)
    added: dict[str, Content] = dict(before.added)
    if styles.part and sheets:
        replaced[styles.part] = styles
    for sheet in sheets:
        (replaced if sheet.part in editor.package else added)[sheet.part] = sheet
    editor.package.write(out, replaced, added, before.removed)
    editor.finish(formulas_removed=any(sheet.rows.tally.formulas_removed for sheet in sheets if sheet.changed))
    after = editor.parts.state
    if styles.part and sheets:
        newest = after.replaced.pop(styles.part, None)
        before.replaced.pop(styles.part, None)
        return after == before and newest == styles.written
    return after == before
