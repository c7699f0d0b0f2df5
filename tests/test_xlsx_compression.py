"""Sheets are compressed by the fast library where it is at hand, and by the standard one where it is not."""

from __future__ import annotations

import importlib.util
import sys
import zlib
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcrm.xlsx import compression

TEXT = b"<row><c><v>1</v></c></row>" * 5000


def on_a_machine_without_wheels() -> ModuleType:
    """Load the module anew as it is where the library could not be installed."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(sys.modules, "isal", None)
        spec = importlib.util.spec_from_file_location("compression_without_isal", compression.__file__)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


PLAIN = on_a_machine_without_wheels()


@given(st.binary(max_size=5000), st.booleans())
def test_what_one_engine_deflates_the_other_and_zlib_inflate(data: bytes, large: bool) -> None:
    for writer, reader in ((compression, PLAIN), (PLAIN, compression)):
        engine = writer.deflating(large=large)
        deflated = engine.compress(data) + engine.flush()
        inflating = reader.inflating()
        assert (inflating.decompress(deflated, len(data) + 1), inflating.eof) == (data, True)
        assert zlib.decompress(deflated, -15) == data
    assert compression.crc32(data, 7) == PLAIN.crc32(data, 7) == zlib.crc32(data, 7)


@pytest.mark.parametrize("module", [compression, PLAIN], ids=["fast", "plain"])
def test_a_damaged_stream_is_an_error_that_is_known(module: ModuleType) -> None:
    engine = module.deflating(large=True)
    damaged = bytearray(engine.compress(TEXT) + engine.flush())
    damaged[0] = 0xFF  # a kind of block that does not exist
    with pytest.raises(module.errors):
        module.inflating().decompress(bytes(damaged), 1 << 20)


@pytest.mark.parametrize("module", [compression, PLAIN], ids=["fast", "plain"])
def test_no_more_is_inflated_at_once_than_was_asked_for(module: ModuleType) -> None:
    engine = module.deflating(large=True)
    deflated = engine.compress(TEXT) + engine.flush()
    inflating = module.inflating()
    pieces = [inflating.decompress(deflated, 1000)]
    while piece := inflating.decompress(inflating.unconsumed_tail, 1000):
        pieces.append(piece)
    assert max(map(len, pieces)) == 1000
    assert b"".join(pieces) == TEXT
