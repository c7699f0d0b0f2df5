"""Stop in peace: a log-off or a shutdown lets the message under way be finished, and the rest waits for the next run.

Ctrl-C is somebody at the keyboard: it interrupts at once, as ever, and what was under way is recorded as it is.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# SIGHUP is no signal of Windows, SIGBREAK (Ctrl-Break, a closed window) of nobody else
_NAMES = ("SIGTERM", "SIGHUP", "SIGBREAK")


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Yield a function that tells whether the run was asked to stop; being asked twice raises KeyboardInterrupt at once.

    Signals reach a program's main thread only: elsewhere nothing is caught.
    """
    asked = False

    def note(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    if threading.current_thread() is not threading.main_thread():
        yield lambda: asked
        return
    known = [number for name in _NAMES if (number := getattr(signal, name, None)) is not None]
    before = {number: signal.signal(number, note) for number in known}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
