"""URLs in Jinja2 templates.

environment = Environment(autoescape=True)
install(environment, Images("https://img.example.com", key="..."))

{{ "lake.jpg" | image_url(width=300, height=200) }}
<img src="..." srcset="{{ "lake.jpg" | srcset(widths=[320, 640]) }}">
{{ picture("lake.jpg", alt="A lake", widths=[320, 640], width=4, height=3) }}
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from .images import Images


def install(environment: Environment, images: Images) -> None:
    """Add `image_url`, `srcset` and `densities` as filters, and with `picture` as functions."""

    def picture(source: str, *args: Any, **options: Any) -> Markup:
        return Markup(images.picture(source, *args, **options))  # noqa: S704  (escaped there)

    plain = {"image_url": images.url, "srcset": images.srcset, "densities": images.densities}
    environment.filters.update({**plain, "picture": picture})
    environment.globals.update({**plain, "picture": picture})
