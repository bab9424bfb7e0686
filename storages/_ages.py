"""How long entries are kept, by the core's keys."""

from __future__ import annotations

from thumborlike.records import dataclass
from thumborlike.settings.fields import setting


@dataclass(frozen=True, slots=True)
class Ages:
    """Keys of the core: how old entries may be, in seconds."""

    storage_expiration_seconds: int | None = setting(
        "STORAGE_EXPIRATION_SECONDS", 2_592_000, "See the core's.", low=0
    )
    result_storage_expiration_seconds: int | None = setting(
        "RESULT_STORAGE_EXPIRATION_SECONDS", 0, "See the core's.", low=0
    )
    stale_if_error_seconds: int = setting(
        "STALE_IF_ERROR_SECONDS", 86400, "See the core's.", low=0, ours=True
    )
    stale_while_revalidate_seconds: int = setting(
        "STALE_WHILE_REVALIDATE_SECONDS", 0, "See the core's.", low=0, ours=True
    )

    def kept(self, expires_after: int | None) -> float | None:
        """How long an entry is worth its place: while it may be served, expired or not."""
        if expires_after is None:
            return None
        stale = max(self.stale_if_error_seconds, self.stale_while_revalidate_seconds)
        return float(expires_after + stale)
