"""The rules for addresses, which others that connect by somebody's word share."""

from __future__ import annotations

from thumborlike.networks import Networks, check, is_literal, read

__all__ = ["Networks", "check", "is_literal", "read"]
