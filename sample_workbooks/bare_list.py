"""A bare, messy list as people have it: no tables, a title above, blanks between, dates as text, one yellow cell."""

# ruff: noqa: E501 - a row of the list is a line

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import xlsxwriter

if TYPE_CHECKING:
    from pathlib import Path

HEADERS = ("ФИО", "Тел.", "ДР", "Последняя дата посещения", "Средний чек", "Используемые услуги", "Удобное время для связи",
           "Скидка", "Примечание")  # fmt: skip

ROWS: tuple[tuple[Any, ...], ...] = (
    ("Иванова Елена Петровна", "8 900 000-05-01", date(1984, 3, 12), date(2026, 10, 3), 2400, "стрижка, окрашивание", "после 18", "5%", ""),
    ("Смирнова Ольга", "89000000502", "08.03", "12.09.26", "1 850,00", "маникюр", "", "", "любит тишину"),
    ("Кузнецова Анна Сергеевна", 79000000503, "5 мая 1990", date(2026, 11, 6), 2100, "маникюр; педикюр", "утром", "10%", "Instagram: @anna_example"),
    (),
    ("петрова марина", "+7 (900) 000-05-04", "", "", "", "", "", "", "новая, от Ольги"),
    ("СОКОЛОВА ИРИНА ИВАНОВНА", "8-900-000-05-05, 8-900-000-05-06", date(1975, 11, 22), date(2026, 2, 14), 3900.5, "окрашивание", "только смс", "", ""),
    ("Попова Екатерина", "", "1992", date(2025, 12, 30), "?", "стрижка", "", "", "телефон спросить"),
    ("Морозова Татьяна", "8 900 000 05 08", "29.02.1988", "прошлой осенью", 1500, "брови", "", "", ""),
    ("Волкова Юлия Андреевна", "8 900 000 05 09", "31.06.1995", date(2026, 9, 19), 2700, "балаяж", "вечером", "", ""),
    ("Иванова Елена П.", "+79000000501", "", date(2026, 8, 1), "", "стрижка", "", "", "повтор?"),
    (),
    ("Лебедева Наталья", "9000000510", "12/4/79", date(2026, 11, 14), 1990, "уход за лицом", "", "", ""),
    ("Орлов Дмитрий", "8 900 000 05 11", date(1981, 7, 1), date(2026, 10, 24), 1000, "мужская стрижка", "", "", "муж Орловой"),
    ("Орлова Светлана", "8 900 000 05 11", date(1983, 1, 30), date(2026, 10, 24), 2300, "стрижка", "", "", ""),
)  # fmt: skip


def write_bare_list(path: Path) -> None:
    """Write the list: on its second sheet, below a title, as one finds it."""
    with xlsxwriter.Workbook(str(path), {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": datetime(2026, 11, 22)})  # noqa: DTZ001 - a document property has no zone
        book.add_worksheet("Лист1")
        page = book.add_worksheet("клиенты 2026")
        bold = book.add_format({"bold": True})
        day = book.add_format({"num_format": "dd.mm.yy"})
        yellow = book.add_format({"bg_color": "#FFFF00"})
        page.write_string(0, 0, "Клиентская база салона", book.add_format({"bold": True, "font_size": 16}))
        page.write_string(1, 0, "обновлено 14 ноября")
        for column, header in enumerate(HEADERS):
            page.write_string(3, column, header, bold)
        for row, cells in enumerate(ROWS, 4):
            for column, value in enumerate(cells):
                if isinstance(value, date):
                    page.write_datetime(row, column, value, day)
                elif value != "":
                    page.write(row, column, value, yellow if value == "повтор?" else None)
        last = 4 + len(ROWS)
        page.write_string(last + 1, 0, "итого", bold)
        page.write_formula(last + 1, 4, f"=COUNT(E5:E{last})", bold, 8)
        page.set_column(0, 0, 27)
        page.set_column(1, 8, 19)
        page.activate()
