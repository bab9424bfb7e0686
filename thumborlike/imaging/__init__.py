"""Pixels: the only place besides the filters that knows Pillow.

Pillow's global switches are set here, once: pictures that end early are decoded as far as they
go (Thumbor 7.8 answers 200 for them; uploads must be whole), Pillow's own pixel limit is off
because `probe` checks MAX_PIXELS from the header before anything is decoded, its warnings about
damaged metadata do not fill the log, and it keeps a few blocks of pixel memory for the next
picture instead of taking each page from the system anew, which costs a fifth of the time for
pictures of some megapixels.
"""

import warnings
from typing import Any, cast

from PIL import Image, ImageFile

from .tolerance import TOLERANCE

KEPT_BLOCKS = 4
"""Blocks of 16 MiB at most; PILLOW_BLOCKS_MAX in the environment has precedence."""

ImageFile.LOAD_TRUNCATED_IMAGES = cast("bool", TOLERANCE)
Image.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
core: Any = vars(Image)["core"]  # documented, though not in Pillow's own type hints
if not core.get_blocks_max():
    core.set_blocks_max(KEPT_BLOCKS)
