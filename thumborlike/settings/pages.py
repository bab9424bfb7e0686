"""Settings of what people look at: the playground, explanations, error pages, timings."""

from __future__ import annotations

from ..records import dataclass
from .fields import setting


@dataclass(frozen=True, slots=True)
class PageSettings:
    """Pages and hints for people who work with the server. All of it is off by default."""

    playground: bool = setting(
        "PLAYGROUND",
        False,
        "Serve the page `/playground`, on which URLs are put together and tried.",
        ours=True,
    )
    playground_signs: bool = setting(
        "PLAYGROUND_SIGNS",
        False,
        "Let the playground sign with SECURITY_KEY. Whoever reaches it can then have any URL "
        "signed: only for servers that the public does not reach.",
        ours=True,
    )
    playground_pictures: tuple[str, ...] = setting(
        "PLAYGROUND_PICTURES",
        (),
        "Sources that the playground offers, as URLs would name them before they are escaped.",
        ours=True,
    )
    explain: str = setting(
        "EXPLAIN",
        "off",
        "Answer at `/explain/<path of a picture>` with how its picture is made, and why: `signed` "
        "for signed paths, `all` for unsafe ones too, as far as ALLOW_UNSAFE_URL is on.",
        choices=("off", "signed", "all"),
        ours=True,
    )
    error_pages: bool = setting(
        "ERROR_PAGES",
        False,
        "Show browsers what went wrong on a page, with causes that are else only in the log: for "
        "developing.",
        ours=True,
    )
