"""Which results in a bucket were made of which source, and when a source was purged.

    .thumborlike/of/<source's SHA-1>/<result's key>  an empty object for each pair
    .thumborlike/purged/<source's SHA-1>             an empty object, as old as the purge

A note is there before its result, and is looked for again after it: a result whose note a purge has
taken meanwhile goes, too. Results say in their metadata that they have notes. Those that do not, as
of other servers, are missing if they are not younger than the second object.
"""

from __future__ import annotations

from contextlib import suppress

from thumborlike.interfaces import Key
from thumborlike.s3.calls import NOTED, Found, Known
from thumborlike.s3.failures import Denied, Missing
from thumborlike.s3.layouts import Layout, index_of, mark_of

from ._s3_shelf import Shelf


class Index:
    """Notes and marks beside the results on a shelf. All methods raise `failures.Trouble`."""

    def __init__(self, shelf: Shelf, layout: Layout) -> None:
        self._shelf = shelf
        self._layout = layout

    async def write(self, key: Key, name: str, body: bytes, how: dict[str, object]) -> None:
        """Keep a result with its notes."""
        shelf = self._shelf
        notes = [shelf.key(index_of(each) + self._layout(key)) for each in key.made_of]
        for note in notes:
            await shelf.client.put(shelf.bucket, note, b"", **shelf.writing.arguments())
        if notes:
            how = {**how, "Metadata": {**dict(shelf.writing.metadata), NOTED: "1"}}
        await shelf.client.put(shelf.bucket, name, body, **how)
        for note in notes:
            if not await shelf.client.exists(shelf.bucket, note):
                await shelf.client.delete(shelf.bucket, name)

    async def hides(self, key: Key, found: Found | Known) -> bool:
        """Whether a source of this result was purged since it was written."""
        if found.noted:
            return False
        for source in key.made_of:
            with suppress(Missing, Denied):
                place = self._shelf.key(mark_of(source))
                mark = await self._shelf.client.known(self._shelf.bucket, place)
                if mark.modified >= found.modified:
                    return True
        return False

    async def purge(self, source: str) -> int:
        """Forget what was made of a source; how many results.

        Page by page; a result goes before its note, lest a failure forgets it, and after it.
        """
        shelf, removed = self._shelf, 0
        mark = shelf.key(mark_of(source))
        await shelf.client.put(shelf.bucket, mark, b"", **shelf.writing.arguments())
        prefix = shelf.key(index_of(source))
        while notes := await shelf.client.list_page(shelf.bucket, prefix):
            for note in notes:
                name = shelf.key(note[len(prefix) :])
                removed += await removed_from(shelf, name)
                await shelf.client.delete(shelf.bucket, note)
                await shelf.client.delete(shelf.bucket, name)
        return removed


async def removed_from(shelf: Shelf, name: str) -> int:
    """Remove the object; how many there were. Raises `failures.Trouble`."""
    there = await shelf.client.exists(shelf.bucket, name)
    if there:
        await shelf.client.delete(shelf.bucket, name)
    return int(there)
