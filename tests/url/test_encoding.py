from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thumborlike.errors import MalformedRequest
from thumborlike.url.encoding import decode, encode, repair


@given(st.text())
def test_encode_is_the_standard_librarys_quote(text: str) -> None:
    assert encode(text) == quote(text, safe="/")


@given(st.text("%0aAfFgé/ +", max_size=30))
def test_decode_is_the_standard_librarys_unquote(text: str) -> None:
    try:
        assert decode(text) == unquote_to_bytes(text).decode("utf-8")
    except MalformedRequest:
        with pytest.raises(UnicodeDecodeError):
            unquote_to_bytes(repair(text)).decode("utf-8")


@given(st.text())
def test_repair_undoes_reading_utf8_as_latin1(text: str) -> None:
    assert repair(text.encode("utf-8").decode("latin-1")) == text
