"""For the programs that ask the server: URLs, `srcset` and `<picture>`, with and without a key.

    from thumborlike.client import Images

    images = Images("https://img.example.com", key="...")
    images.url("lake.jpg", width=300, height=200, smart=True)
    images.picture("lake.jpg", widths=(320, 640, 1280), alt="A lake")

`thumborlike.client.jinja` and `thumborlike.client.django` bring the same to templates.
"""

from .images import Images

__all__ = ["Images"]
