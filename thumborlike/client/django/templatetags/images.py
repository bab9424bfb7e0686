"""The tags `image_url`, `srcset`, `densities` and `picture`."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from django import template
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.safestring import SafeString, mark_safe

from thumborlike.client.images import WIDTHS, Images

F = TypeVar("F", bound=Callable[..., object])

register = template.Library()


def _tag(function: F) -> F:
    """The function itself, which templates know from now on."""
    register.simple_tag(function)
    return function


@_tag
def image_url(source: object, **options: Any) -> str:
    """The URL of one picture; a field's file may stand for its name."""
    return _images().url(_name(source), **_options(options))


@_tag
def srcset(source: object, widths: object = WIDTHS, **options: Any) -> str:
    """The value of a `srcset`; widths as `'320,640'` or a list."""
    return _images().srcset(_name(source), _numbers(widths), **_options(options))


@_tag
def densities(source: object, **options: Any) -> str:
    """The same for one size: `1x` and `2x`."""
    return _images().densities(_name(source), **_options(options))


@_tag
def picture(source: object, widths: object = WIDTHS, **options: Any) -> SafeString:
    """A `<picture>`; formats as `'avif,webp'` or a list."""
    given = _options(options)
    if isinstance(formats := given.get("formats"), str):
        given["formats"] = [each.strip() for each in formats.split(",") if each.strip()]
    made = _images().picture(_name(source), _numbers(widths), **given)
    return mark_safe(made)  # noqa: S308  (escaped there)


def _images() -> Images:
    given = getattr(settings, "THUMBORLIKE", None) or {
        "server": getattr(settings, "THUMBOR_SERVER", ""),
        "key": getattr(settings, "THUMBOR_SECURITY_KEY", None),
    }
    if not given.get("server"):
        raise ImproperlyConfigured("THUMBORLIKE needs a server: {'server': 'https://...'}")
    return _made(given["server"], given.get("key"), given.get("signer", "hmac_sha1"))


@lru_cache(maxsize=8)
def _made(server: str, key: str | bytes | None, signer: str) -> Images:
    return Images(server, key, signer)


def _name(source: object) -> str:
    """A text, or what has a name, as a field's file has."""
    return source if isinstance(source, str) else str(getattr(source, "name", source))


def _numbers(widths: Any) -> list[int]:
    parts = widths.split(",") if isinstance(widths, str) else widths
    return [int(each) for each in parts]


def _options(options: dict[str, Any]) -> dict[str, Any]:
    """Filters may be one text, as a template has no lists: `'grayscale():blur(2)'`."""
    if isinstance(filters := options.get("filters"), str):
        return {**options, "filters": [filters]}
    return options
