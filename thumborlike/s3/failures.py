"""What can go wrong with S3, in fixed words: no bucket, key, credential or text of a library."""

from __future__ import annotations


class Trouble(Exception):
    """S3 cannot do it. The text may be read by clients, `why` by whoever runs the server."""

    def __init__(self, text: str = "", why: str = "") -> None:
        super().__init__(text)
        self.why = why


class Missing(Trouble):
    """There is no such object."""


class Unchanged(Trouble):
    """It still is the object that was asked about."""


class Denied(Trouble):
    """We may not; without the right to list the bucket S3 says so for missing objects, too."""


class TooLarge(Trouble):
    """The object has more bytes than allowed."""


class Throttled(Trouble):
    """S3 asks for fewer requests, and still does after all retries."""


class Late(Trouble):
    """No answer in time."""


class Broken(Trouble):
    """S3 fails: 5xx, no connection, a body cut short."""


class Misconfigured(Trouble):
    """No such bucket, another region, no or wrong credentials: repeating it cannot help."""


TEXTS: dict[type[Trouble], str] = {
    Missing: "the source does not exist",
    Unchanged: "the source is the same as before",
    Denied: "the source may not be read",
    TooLarge: "the source is too large",
    Throttled: "the storage of sources is busy",
    Late: "the storage of sources did not answer in time",
    Broken: "the storage of sources failed",
    Misconfigured: "the storage of sources is not set up",
}
"""What clients are told, by kind."""

BY_CODE: dict[str, type[Trouble]] = {
    **dict.fromkeys(
        ("NoSuchKey", "NoSuchVersion", "404", "NotFound", "KeyTooLongError", "InvalidArgument",
         "InvalidObjectState", "InvalidURI"), Missing),
    "304": Unchanged,
    **dict.fromkeys(("AccessDenied", "403", "Forbidden", "AllAccessDisabled"), Denied),
    **dict.fromkeys(
        ("SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "503",
         "ServiceUnavailable", "TooManyRequests", "429"), Throttled),
    **dict.fromkeys(
        ("NoSuchBucket", "PermanentRedirect", "301", "AuthorizationHeaderMalformed",
         "IllegalLocationConstraintException", "InvalidAccessKeyId", "SignatureDoesNotMatch",
         "InvalidBucketName", "AccessControlListNotSupported", "InvalidToken", "ExpiredToken",
         "RequestTimeTooSkewed"), Misconfigured),
    **dict.fromkeys(
        ("RequestTimeout", "OperationAborted", "ConditionalRequestConflict",
         "ExistingObjectIsDirectory"), Broken),
}  # fmt: skip
"""What an error code of S3 means.

The last one is versitygw's, whose objects lie in folders: one that vanishes below a PUT, because
its last object is deleted at that moment, ends so, and the next attempt goes well.
"""

WORTH_ANOTHER_TRY = (Throttled, Broken, Late)


def of_code(code: str, status: int) -> type[Trouble]:
    """What an answer with this code and HTTP status means."""
    known = BY_CODE.get(code)
    if known:
        return known
    if status in (429, 503):
        return Throttled
    if status in (304, 404):
        return Missing if status == 404 else Unchanged
    return Denied if status == 403 else (Misconfigured if status < 500 else Broken)


def trouble(kind: type[Trouble], why: str = "") -> Trouble:
    """One of this kind, with its text."""
    return kind(TEXTS[kind], why)
