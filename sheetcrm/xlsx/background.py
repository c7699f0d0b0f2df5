"""A thread that works ahead: zlib lets go of the interpreter's lock, so what it does costs no time beside other work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from threading import Thread

_PIECES = 8
_AT_ONCE = 4
"""Pieces for which room is told of together: to wake the other thread for each costs more than many a piece."""


def work_ahead(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Give the same pieces, a few of them prepared before they are asked for. What goes wrong on the way is raised here."""
    made: SimpleQueue[bytes | BaseException | None] = SimpleQueue()
    room: SimpleQueue[int] = SimpleQueue()  # for so many more
    wanted = True

    def work() -> None:
        left = _PIECES
        try:
            for piece in pieces:
                made.put(piece)
                left = left - 1 or room.get()
                if not wanted:
                    return
            made.put(None)
        except BaseException as error:  # noqa: BLE001 - raised where the pieces are used
            made.put(error)

    thread = Thread(target=work, daemon=True)
    thread.start()
    taken = 0
    try:
        while (piece := made.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            taken += 1
            if taken % _AT_ONCE == 0:
                room.put(_AT_ONCE)
            yield piece
    finally:
        wanted = False
        room.put(_AT_ONCE)
        thread.join()
