"""Pixels: the only place besides the filters that knows Pillow.

Pillow's two global switches are set here, once: pictures that end early are decoded as far as
they go (Thumbor 7.8 answers 200 for them), and Pillow's own pixel limit is off because
`probe` checks MAX_PIXELS from the header before anything is decoded.
"""

from PIL import Image, ImageFile

ImageFile.LOAD_TRUNCATED_IMAGES = True
Image.MAX_IMAGE_PIXELS = None
