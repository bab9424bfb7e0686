"""Every failure the server can name, and nothing about HTTP.

`str(error)` is what a client may read: short, plain, without addresses, keys or paths of
the machine. What only the log may see travels as `__cause__`. `http/status.py` maps each
class to a status.

    ThumborlikeError
    |- RequestError            the request itself is wrong
    |  |- MalformedRequest     unreadable path, encoding or argument
    |  |- NotSigned            neither `unsafe` nor a signature
    |  |- UnsafeNotAllowed     `unsafe` while ALLOW_UNSAFE_URL is off
    |  |- BadSignature         the signature does not belong to the path
    |  |- SigningRefused       the playground does not sign, or not for whoever asks
    |  |- NoSuchPage           a page of the server's own that does not exist
    |  |- SourceNotAllowed     ALLOWED_SOURCES or the network rules refuse the source
    |  |- SourceBlocked        the source is on the block list
    |  |- BadFilterArgument    a filter cannot work with what it was given
    |  |- MethodNotAllowed     the endpoint does not know the method, or it is switched off
    |  |- Expired              the URL says that its time is over
    |  |- UrlTooLong           longer than MAX_URL_LENGTH
    |  `- PayloadTooSmall, PayloadTooLarge, NotAPicture   uploads
    |- SourceError             the source cannot be had
    |  |- SourceNotFound       the origin says there is none
    |  |- SourceRefused        the origin forbids or fails: 4xx other than 404, redirect loops
    |  |  `- SourceForbidden   the same, where clients are to be told so
    |  |- SourceFailed         the origin breaks: 5xx, refused connection, garbage, early close
    |  |  `- SourceBusy        the origin asks for fewer requests
    |  |- SourceEmpty          success without a body
    |  |- SourceTimeout        no answer in time, or no such host
    |  `- SourceTooLarge       more bytes than MAX_SOURCE_SIZE
    |- ImageError              the source is there but is no picture we can make
    |  |- NotAnImage           nothing that an allowed decoder reads
    |  |- UnsupportedFormat    a picture, but the decoder is not installed or not allowed
    |  |- TooManyPixels        over MAX_PIXELS, or the output over MAX_OUTPUT_PIXELS
    |  `- BrokenImage          the decoder gave up
    |- ServerError             we cannot, now
    |  |- Overloaded           the queue is full
    |  |  `- TooManyRequests   one client waits for too many pictures at once
    |  |- ProcessingTimeout    the deadline passed
    |  |- WorkerCrashed        the worker process that made the picture has ended
    |  |- AnswerTooLarge       the picture is larger than can be answered with (AWS Lambda)
    |  `- ShuttingDown
    |- StorageError            a storage failed; never an image request's answer
    |  `- CannotPurge          it does not know which results are of which source
    `- ConfigurationError      stops the start
"""

from __future__ import annotations


class ThumborlikeError(Exception):
    """Base of all errors that are raised on purpose."""


class RequestError(ThumborlikeError):
    """The request is wrong; repeating it cannot help."""


class MalformedRequest(RequestError):
    """Unreadable path, encoding or argument."""


class NotSigned(RequestError):
    """Neither `unsafe` nor a signature."""


class UnsafeNotAllowed(RequestError):
    """`unsafe` while ALLOW_UNSAFE_URL is off."""


class BadSignature(RequestError):
    """The signature does not belong to the path."""


class SourceNotAllowed(RequestError):
    """The loader's rules refuse the source."""


class SourceBlocked(RequestError):
    """The source is on the block list."""


class BadFilterArgument(RequestError):
    """A filter cannot work with the value it was given."""


class MethodNotAllowed(RequestError):
    """The endpoint does not know the method, or it is switched off.

    `allowed` are the methods that the endpoint knows.
    """

    def __init__(self, reason: str, allowed: tuple[str, ...] = ("GET", "HEAD")) -> None:
        super().__init__(reason)
        self.allowed = allowed


class SigningRefused(RequestError):
    """The playground does not sign, or not for whoever asks."""


class NoSuchPage(RequestError):
    """A page of the server's own that does not exist."""


class Expired(RequestError):
    """The moment that `expire()` names has passed."""


class UrlTooLong(RequestError):
    """The request target is longer than MAX_URL_LENGTH."""


class PayloadTooSmall(RequestError):
    """An uploaded picture is smaller than MIN_WIDTH or MIN_HEIGHT."""


class PayloadTooLarge(RequestError):
    """An uploaded body is larger than UPLOAD_MAX_SIZE."""


class NotAPicture(RequestError):
    """An uploaded body is not a picture."""


class UploadNotFound(RequestError):
    """No upload has this id."""


class SourceError(ThumborlikeError):
    """The source cannot be had."""


class SourceNotFound(SourceError):
    """The origin says that there is no such source."""


class SourceRefused(SourceError):
    """The origin refuses: a 4xx other than 404, or redirects that lead nowhere."""


class SourceFailed(SourceError):
    """The origin breaks: 5xx, refused connection, garbage, early close."""


class SourceForbidden(SourceRefused):
    """The origin denies access, and clients are to be told so."""


class SourceBusy(SourceFailed):
    """The origin asks for fewer requests. `retry_after` is in seconds."""

    retry_after = 1


class SourceEmpty(SourceFailed):
    """The origin reports success and sends nothing."""


class SourceTimeout(SourceError):
    """The origin did not answer in time, or its name does not resolve."""


class SourceTooLarge(SourceError):
    """The source has more bytes than MAX_SOURCE_SIZE."""


class ImageError(ThumborlikeError):
    """The source is there but no picture can be made of it."""


class NotAnImage(ImageError):
    """Nothing that an allowed decoder reads."""


class UnsupportedFormat(ImageError):
    """A picture whose decoder is not installed or not allowed."""


class TooManyPixels(ImageError):
    """The source or the wanted output has more pixels than allowed."""


class BrokenImage(ImageError):
    """The decoder gave up on the source."""


class ServerError(ThumborlikeError):
    """The server cannot do it now; the same request may work later."""


class Overloaded(ServerError):
    """The queue is full. `retry_after` is in seconds."""

    retry_after = 1


class TooManyRequests(Overloaded):
    """One client waits for more pictures than MAX_REQUESTS_PER_CLIENT."""


class ProcessingTimeout(ServerError):
    """The deadline for the work passed."""


class WorkerCrashed(ServerError):
    """The worker process that made the picture has ended; most likely a codec crashed."""


class DetectionFailed(ServerError):
    """A detector raised, took too long or gave nonsense, and IGNORE_SMART_ERRORS is off."""


class DetectionQueued(ServerError):
    """A detector elsewhere has been told of the picture; its points come later."""


class AnswerTooLarge(ServerError):
    """The picture has more bytes than can be answered with, as in AWS Lambda."""


class ShuttingDown(ServerError):
    """The server drains and takes no new work."""


class StorageError(ThumborlikeError):
    """A storage failed. Costs speed, never an answer."""


class CannotPurge(StorageError):
    """The storage does not know which results were made of which source."""


class ConfigurationError(ThumborlikeError):
    """The configuration cannot be used; stops the start."""
