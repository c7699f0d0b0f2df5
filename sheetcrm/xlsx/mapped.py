"""Bytes of a file that is mapped into memory: what was gone through once need not stay there.

A caller may hand over a workbook as `memoryview(mmap)`, so that a large one is never held; without this it would be after all, page
by page. The system reads a page again should it be wanted again.
"""

from __future__ import annotations

import mmap

_DROP = getattr(mmap, "MADV_DONTNEED", None)  # not on Windows, where the system trims a process by itself


def let_go(data: memoryview, start: int, end: int) -> None:
    """Let the pages between two places of a mapped file go; of bytes nothing is done."""
    mapping = data.obj
    if _DROP is None or not isinstance(mapping, mmap.mmap) or len(data) != len(mapping):
        return
    first = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
    last = end // mmap.PAGESIZE * mmap.PAGESIZE
    if first < last:
        mapping.madvise(_DROP, first, last - first)
