"""Many short bytes, kept close together: a list of 300,000 of them takes a fifth of what it takes as objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import overload

_BATCH = 4096
_BETWEEN = b"\0"  # stands in no XML


class Packed(Sequence[bytes]):
    """A sequence of bytes without zero bytes in them. Going through it in order is fast, jumping about is not."""

    def __init__(self, items: Iterable[bytes]) -> None:
        self._batches: list[bytes] = []
        self._size = 0
        self._open: tuple[int, list[bytes]] = (-1, [])
        source = iter(items)
        while batch := list(islice(source, _BATCH)):
            self._size += len(batch)
            self._batches.append(_BETWEEN.join(batch))

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...
    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        if isinstance(at, int):
            number, place = divmod(range(self._size)[at], _BATCH)
            return self._batch(number)[place]
        start, stop, step = at.indices(self._size)
        if step != 1:
            return list(self)[at]
        found: list[bytes] = []
        for number in range(start // _BATCH, -(-stop // _BATCH)):
            first = number * _BATCH
            found += self._batch(number)[max(start - first, 0) : stop - first]
        return found

    def __iter__(self) -> Iterator[bytes]:
        for number in range(len(self._batches)):
            yield from self._batch(number)

    def _batch(self, number: int) -> list[bytes]:
        if self._open[0] != number:
            self._open = (number, self._batches[number].split(_BETWEEN))
        return self._open[1]
