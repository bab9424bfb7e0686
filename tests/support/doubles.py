"""Stand-ins that several tests share."""

from thumborlike.interfaces import Stored


class Quiet:
    """Metrics that nobody reads."""

    def incr(self, name, value=1):
        pass

    def timing(self, name, milliseconds):
        pass


class Shelf(dict):
    """A storage in a dict; what is put was written at second 1000."""

    async def get(self, key):
        return dict.get(self, key)

    async def put(self, key, body):
        self[key] = Stored(body, 1000.0)

    async def delete(self, key):
        self.pop(key, None)
