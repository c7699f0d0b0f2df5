"""A thread that works ahead: zlib lets go of the interpreter's lock, so what it does costs no time beside other work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from threading import Semaphore, Thread

_PIECES = 4


def work_ahead(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Give the same pieces, a few of them prepared before they are asked for. What goes wrong on the way is raised here."""
    made: SimpleQueue[bytes | BaseException | None] = SimpleQueue()
    room = Semaphore(_PIECES)
    wanted = True

    def work() -> None:
        try:
            for piece in pieces:
                made.put(piece)
                room.acquire()
                if not wanted:
                    return
            made.put(None)
        except BaseException as error:  # noqa: BLE001 - raised where the pieces are used
            made.put(error)

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        while (piece := made.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            room.release()
            yield piece
    finally:
        wanted = False
        room.release()
        thread.join()
