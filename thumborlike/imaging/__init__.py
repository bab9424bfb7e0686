"""Pixels: the only place besides the filters that knows Pillow.

Pillow's global switches are set here, once: pictures that end early are decoded as far as they
go (Thumbor 7.8 answers 200 for them), Pillow's own pixel limit is off because `probe` checks
MAX_PIXELS from the header before anything is decoded, and its warnings about damaged metadata
do not fill the log.
"""

import warnings

from PIL import Image, ImageFile

ImageFile.LOAD_TRUNCATED_IMAGES = True
Image.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
