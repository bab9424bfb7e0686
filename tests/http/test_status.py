from http import HTTPStatus

import pytest

from thumborlike import errors
from thumborlike.errors import ThumborlikeError
from thumborlike.http.message import Request
from thumborlike.http.status import STATUSES, error_response, status_of

GET = Request("GET", "/unsafe/x.jpg")


def subclasses(kind):
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


def made(kind):
    return kind("what happened")


KINDS = {each for each in subclasses(ThumborlikeError) if each.__module__ == errors.__name__}


@pytest.mark.parametrize("kind", sorted(KINDS, key=str))
def test_every_kind_of_error_has_a_status(kind):
    mapped = [each for each in kind.__mro__ if each in STATUSES]
    assert mapped, f"{kind} has no status"
    assert HTTPStatus(status_of(made(kind)))


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.MalformedRequest, 400),
        (errors.NotSigned, 400),
        (errors.UnsafeNotAllowed, 400),
        (errors.BadSignature, 400),
        (errors.SourceNotAllowed, 400),
        (errors.SourceBlocked, 400),
        (errors.BadFilterArgument, 400),
        (errors.MethodNotAllowed, 405),
        (errors.UrlTooLong, 414),
        (errors.PayloadTooSmall, 412),
        (errors.PayloadTooLarge, 412),
        (errors.NotAPicture, 415),
        (errors.UploadNotFound, 404),
        (errors.SourceNotFound, 404),
        (errors.SourceRefused, 404),
        (errors.SourceFailed, 502),
        (errors.SourceEmpty, 502),
        (errors.SourceTimeout, 504),
        (errors.SourceTooLarge, 400),
        (errors.NotAnImage, 400),
        (errors.UnsupportedFormat, 415),
        (errors.TooManyPixels, 400),
        (errors.BrokenImage, 400),
        (errors.Overloaded, 503),
        (errors.ProcessingTimeout, 504),
        (errors.ShuttingDown, 503),
        (errors.StorageError, 503),
        (ValueError, 500),
    ],
)
def test_statuses(kind, status):
    response = error_response(made(kind), GET)
    assert response.status == status
    assert response.header("Content-Type") == "text/plain; charset=utf-8"
    assert response.header("X-Content-Type-Options") == "nosniff"


def test_an_unexpected_error_tells_nothing():
    response = error_response(KeyError("/etc/secret"), GET)
    assert (response.status, response.body) == (500, b"internal error")


def test_the_reason_is_the_body_on_one_line():
    response = error_response(errors.MalformedRequest("a\r\nb\x00c"), GET)
    assert response.body == b"a  b c"
    assert response.content_length == len(response.body)
    assert error_response(errors.MalformedRequest(""), GET).body == b"bad request"
    assert len(error_response(errors.MalformedRequest("x" * 9999), GET).body) == 300


def test_a_head_request_gets_the_length_without_the_reason():
    response = error_response(errors.NotSigned("sign it"), Request("HEAD", "/x"))
    assert (response.body, response.content_length) == (b"", 7)


def test_overload_says_when_to_come_again():
    for kind in (errors.Overloaded, errors.ShuttingDown, errors.StorageError):
        assert error_response(made(kind), GET).header("Retry-After") == "1"


def test_a_refused_method_says_which_are_allowed():
    default = error_response(made(errors.MethodNotAllowed), GET)
    assert default.header("Allow") == "GET, HEAD"
    named = error_response(errors.MethodNotAllowed("no", ("POST",)), GET)
    assert named.header("Allow") == "POST"


@pytest.mark.parametrize(
    ("kind", "method", "control"),
    [
        (errors.SourceNotFound, "GET", "max-age=5,public"),
        (errors.BadSignature, "HEAD", "max-age=5,public"),
        (errors.NotAPicture, "POST", "no-cache"),
        (errors.SourceFailed, "GET", "no-cache"),
        (errors.Overloaded, "GET", "no-cache"),
        (RuntimeError, "GET", "no-cache"),
    ],
)
def test_errors_are_cached_for_seconds_at_most(kind, method, control):
    assert error_response(made(kind), Request(method, "/x")).header("Cache-Control") == control


def test_quirks_tell_a_missing_decoder_like_no_picture():
    assert error_response(made(errors.UnsupportedFormat), GET, quirks=True).status == 400
