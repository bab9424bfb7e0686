"""Unexpected errors to Sentry. Needs `pip install thumborlike[sentry]`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from thumborlike.errors import ConfigurationError
from thumborlike.interfaces import Environment
from thumborlike.settings.fields import setting

from ._describe import public_request

LAST_WORDS = 2.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SentrySettings:
    """Which project errors belong to."""

    sentry_dsn_url: str = setting(
        "SENTRY_DSN_URL", "", "The project's DSN, as Sentry shows it.", secret=True
    )
    sentry_environment: str | None = setting(
        "SENTRY_ENVIRONMENT", None, "The environment that errors are filed under."
    )


SETTINGS = SentrySettings


class SentryReporter:
    """Hands errors to the SDK, which sends them from a thread of its own."""

    def __init__(self, sdk: Any) -> None:
        self._sdk = sdk

    def report(self, error: BaseException, request: Mapping[str, object]) -> None:
        """File one error with its request."""
        with self._sdk.new_scope() as scope:
            scope.set_context("request", public_request(request))
            if number := request.get("id"):
                scope.set_tag("request_id", str(number))
            self._sdk.capture_exception(error)

    async def close(self) -> None:
        """Send what is not sent yet, in `LAST_WORDS` seconds."""
        flush = partial(self._sdk.flush, timeout=LAST_WORDS)
        await asyncio.get_running_loop().run_in_executor(None, flush)


def create(env: Environment) -> SentryReporter:
    """The plugin. Raises `ConfigurationError` without a DSN that the SDK takes."""
    import sentry_sdk  # noqa: PLC0415  (optional: a server without Sentry has no such package)
    from sentry_sdk.utils import BadDsn  # noqa: PLC0415

    settings = env.section(SETTINGS)
    if not settings.sentry_dsn_url:
        raise ConfigurationError("SENTRY_DSN_URL: the error handler 'sentry' needs a DSN")
    try:
        sentry_sdk.init(
            dsn=settings.sentry_dsn_url,
            environment=settings.sentry_environment,
            include_local_variables=False,  # they may hold the security key
            default_integrations=False,
        )
    except BadDsn as error:
        raise ConfigurationError("SENTRY_DSN_URL: this is not a DSN") from error
    return SentryReporter(sentry_sdk)
