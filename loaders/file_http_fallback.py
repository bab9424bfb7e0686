"""A file if there is one, else the web."""

from __future__ import annotations

from thumborlike.errors import SourceNotAllowed, SourceNotFound
from thumborlike.interfaces import Closes, Environment, Loader, Source, SourceRequest


class FileHttpFallbackLoader:
    """Asks `files` first. Whether the web may be asked is known only then."""

    def __init__(self, files: Loader, web: Loader) -> None:
        self._files = files
        self._web = web

    def allows(self, source: str) -> bool:
        """Every name, since any may be a file."""
        return True

    async def load(self, wanted: SourceRequest) -> Source:
        """The file, else what the web has.

        Raises `SourceNotAllowed` where only the web could have it and may not be asked
        (Thumbor 7.8 fails with 500), else what the two loaders raise.
        """
        try:
            return await self._files.load(wanted)
        except SourceNotFound:
            if not self._web.allows(wanted.name):
                raise SourceNotAllowed("this source is not allowed") from None
        return await self._web.load(wanted)

    async def close(self) -> None:
        """Close the connections."""
        if isinstance(self._web, Closes):
            await self._web.close()


def create(env: Environment) -> FileHttpFallbackLoader:
    """The loader, made of the two that the names `file` and `http` stand for."""
    return FileHttpFallbackLoader(env.loader("file"), env.loader("http"))
