"""What libcurl's errors and origins' statuses mean to us. Pure.

By default the origin's fault is 502 or 504 and the origin's refusal 404. With THUMBOR_QUIRKS
as Thumbor 7.8: a 5xx counts as not found (404), a connection that breaks as a timeout (504).
A refused connection stays 502, where Thumbor fails with 500.
"""

from __future__ import annotations

import pycurl

from thumborlike.errors import (
    SourceEmpty,
    SourceError,
    SourceFailed,
    SourceNotFound,
    SourceRefused,
    SourceTimeout,
)

from ._exchange import Answer

REDIRECTS = frozenset({301, 302, 303, 307, 308})

_HTTP2_STREAM = 92  # CURLE_HTTP2_STREAM, which pycurl does not name
_BROKEN = frozenset(
    {
        pycurl.E_UNSUPPORTED_PROTOCOL,  # a first line that is no status line
        pycurl.E_FTP_WEIRD_SERVER_REPLY,  # headers that contradict each other
        pycurl.E_HTTP2,
        pycurl.E_PARTIAL_FILE,
        pycurl.E_WRITE_ERROR,  # bytes that do not decode
        pycurl.E_GOT_NOTHING,
        pycurl.E_SEND_ERROR,
        pycurl.E_RECV_ERROR,
        pycurl.E_BAD_CONTENT_ENCODING,
        _HTTP2_STREAM,
    }
)


def of_transfer(error: pycurl.error, quirks: bool) -> SourceError:
    """The failure of a transfer that ended without a complete answer."""
    code = error.args[0]
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return late()
    if code == pycurl.E_COULDNT_RESOLVE_HOST:
        return unknown_host()
    if code == pycurl.E_COULDNT_CONNECT:
        return SourceFailed("the source's server refused the connection")
    if code in _BROKEN:
        return broken(quirks)
    return SourceFailed("no connection to the source's server could be made")


def of_answer(answer: Answer, quirks: bool) -> SourceError | None:
    """The failure that a complete answer tells of, or None if it carries a source."""
    status = answer.status
    if 200 <= status < 300:
        return _of_success(answer)
    if status in (404, 410) or (status >= 500 and quirks):
        return SourceNotFound("the source does not exist")
    if status >= 500:
        return SourceFailed("the source's server failed")
    return SourceRefused("the source's server refused")


def _of_success(answer: Answer) -> SourceError | None:
    if answer.status == 206:
        return SourceFailed("the source's server sent only a part")
    return None if answer.body else SourceEmpty("the source is empty")


def broken(quirks: bool) -> SourceError:
    """What came is not whole, or makes no sense."""
    text = "the source's server broke off or sent garbage"
    return SourceTimeout(text) if quirks else SourceFailed(text)


def late() -> SourceTimeout:
    """The deadline passed."""
    return SourceTimeout("the source's server did not answer in time")


def unknown_host() -> SourceTimeout:
    """No such name. Thumbor 7.8 tells it as a timeout (504)."""
    return SourceTimeout("the source's server was not found")
