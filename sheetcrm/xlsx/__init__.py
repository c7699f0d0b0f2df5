"""The xlsx file format as a patcher knows it: read what stands there, change little, keep every other byte.

    editor = Editor(data)                                  # raises XlsxError where the file is not to be edited
    editor.set_cells("xl/worksheets/sheet1.xml", {(2, 3): "Anna"})
    receipt = editor.write(out)
    verify(data, out.getvalue(), receipt)

This room knows nothing about clients and imports no other.
"""

from sheetcrm.xlsx.cells import CellValue, Formula
from sheetcrm.xlsx.document import DefinedName, Document, Sheet, Table
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.errors import Damaged, Encrypted, Hostile, NotAWorkbook, ProofFailed, Unsupported, XlsxError
from sheetcrm.xlsx.number_codes import shows_date, shows_year
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.preflight import Limits, Report, preflight
from sheetcrm.xlsx.proof import verify
from sheetcrm.xlsx.receipt import LeftCell, NewColumn, Receipt
from sheetcrm.xlsx.refs import Range, cell_name, letters, parse_cell
from sheetcrm.xlsx.rows import ColumnPatch
from sheetcrm.xlsx.scan import scan_sheet
from sheetcrm.xlsx.scanned import SheetScan
from sheetcrm.xlsx.searching import column_styles
from sheetcrm.xlsx.sheet_spec import Column, SheetSpec
from sheetcrm.xlsx.styles import StyleSheet, number_formats

__all__ = [
    "CellValue",
    "Column",
    "ColumnPatch",
    "Damaged",
    "DefinedName",
    "Document",
    "Editor",
    "Encrypted",
    "Formula",
    "Hostile",
    "LeftCell",
    "Limits",
    "NewColumn",
    "NotAWorkbook",
    "Package",
    "ProofFailed",
    "Range",
    "Receipt",
    "Report",
    "Sheet",
    "SheetScan",
    "SheetSpec",
    "StyleSheet",
    "Table",
    "Unsupported",
    "XlsxError",
    "cell_name",
    "column_styles",
    "letters",
    "number_formats",
    "parse_cell",
    "preflight",
    "scan_sheet",
    "shows_date",
    "shows_year",
    "verify",
]
