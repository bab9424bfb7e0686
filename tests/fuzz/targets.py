"""What is fuzzed: functions of bytes that let out the documented errors alone.

Where two ways must agree, both are gone: what Pillow makes of a picture before and after its
header was cut down must be the same pixels.
"""

import ast
import contextlib
import io
import os
import tempfile
from xml.etree import ElementTree

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from thumborlike.cost import cost_of
from thumborlike.errors import BadFilterArgument, ConfigurationError, ImageError, RequestError
from thumborlike.filter_docs import builtin_registry
from thumborlike.formats import sniff
from thumborlike.imaging import jpeg_header, png_chunks, png_reader, svg
from thumborlike.imaging.failures import DECODER_ERRORS, decoding
from thumborlike.imaging.gif_blocks import gif_layout
from thumborlike.imaging.probe import parsed_exif
from thumborlike.imaging.profiles import in_srgb
from thumborlike.imaging.render import render
from thumborlike.imaging.tiff import PREFIX, upright_block
from thumborlike.interfaces import Source
from thumborlike.prepare import prepare
from thumborlike.settings import Settings
from thumborlike.settings.reader import load
from thumborlike.settings.sections import ImagingSettings
from thumborlike.url.encoding import encode
from thumborlike.url.grammar import parse

SIDE = 512
SMALL = ImagingSettings(
    max_pixels=SIDE * SIDE,
    max_animation_pixels=SIDE * SIDE,
    max_output_pixels=SIDE * SIDE,
    max_animation_frames=20,
)
SETTINGS = Settings(imaging=SMALL)
FILTERS = builtin_registry()
ASKED = (
    "fit-in/24x16/filters:format(png)",
    "24x16/filters:format(jpeg):grayscale():blur(2)",
    "trim/20x0/filters:format(webp):round_corner(4,255,255,255,1):rotate(90)",
    "meta/24x16",
    "filters:format(gif):fill(auto):saturation(0.4):equalize()",
    "5x5:60x60/-24x-16/filters:format(tiff):convolution(1;2;1;2;4;2;1;2;1,3,true):strip_icc()",
    "filters:cover():colorize(40,40,40,ff8000):opacity(50):sharpen(1,1,true)",
    "24x16/filters:duotone(102060,ffd080):hue(90):noise(20,1):proportion(0.5):text(a,1,1)",
)
JOBS = tuple(prepare(parse(f"/unsafe/{each}/x"), {}, SETTINGS, FILTERS) for each in ASKED)
LONGEST_PATH = 4096


def url(data):
    """A request target as Tornado hands it over."""
    path = data[:LONGEST_PATH].decode("latin-1")
    with contextlib.suppress(RequestError):
        image = parse(f"/unsafe/{path}")
        prepare(image, {"accept": path[:200]}, SETTINGS, FILTERS)
    with contextlib.suppress(RequestError):
        parse(path)
    with contextlib.suppress(RequestError):
        parse(encode(data[:LONGEST_PATH].decode("utf-8", "replace")))


def config(data):
    """A configuration file that only assigns; the environment's texts for the same keys."""
    try:
        text = data.decode("utf-8")
        values = _assigned(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        values, text = None, None
    with tempfile.NamedTemporaryFile(suffix=".conf") as file:
        if values is None:
            if _is_program(data):
                return
            file.write(data)
        else:
            file.write(text.encode())
        file.flush()
        with contextlib.suppress(ConfigurationError):
            load(file.name)
    if values:
        environ = {key: str(value) for key, value in values.items() if "\0" not in str(value)}
        with contextlib.suppress(ConfigurationError):
            load(os.devnull, environ=environ)


def _is_program(data):
    """Whether it would run: then it may do anything, which is not what is tested."""
    try:
        ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _assigned(text):
    """The keys and values of a text that does nothing but assign literals."""
    values = {}
    for statement in ast.parse(text).body:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            raise ValueError(statement)
        if not isinstance(statement.targets[0], ast.Name):
            raise ValueError(statement)
        values[statement.targets[0].id] = ast.literal_eval(statement.value)
    return values


def picture(data):
    """A source, from its first bytes to a result; what is asked of it depends on its length."""
    found = sniff(data)
    job = JOBS[len(data) % len(JOBS)]
    cost_of(data, job)
    if found is None or found.name == "svg":
        return
    with contextlib.suppress(ImageError, BadFilterArgument):
        result = render(Source("x", data), {}, job)
        assert job.meta or sniff(result.body).media_type == result.media_type


def drawing(data):
    """An SVG up to its drawing: what is let through refers to nothing outside."""
    with contextlib.suppress(ImageError):
        with decoding():
            image = svg.open_image(data, SMALL)
        assert image.width > 0 < image.height
        text = image._make.args[0]
        for element in _elements(text):
            if element.tag.rpartition("}")[2] not in ("image", "feImage"):
                continue
            for name, value in element.attrib.items():
                if name.rpartition("}")[2] == "href":
                    assert value.strip()[:1] == "#" or value.strip()[:5].lower() == "data:"


def _elements(text):
    try:
        return list(ElementTree.fromstring(text).iter())
    except ElementTree.ParseError:  # prefixes that are not declared
        return []


@contextlib.contextmanager
def _strict():
    """Only whole pictures: what is shown of damaged ones may differ."""
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = True


def _decoded(opener, body):
    """Size, mode and pixels; None for what cannot be read, or is large."""
    try:
        image = opener(io.BytesIO(body))
        if image.width * image.height > SIDE * SIDE:
            return None
        image.load()
        return image.size, image.mode, image.tobytes()
    except (SyntaxError, *DECODER_ERRORS):
        return None


def _same(opener, body, trim):
    with _strict():
        before = _decoded(opener, body)
    try:
        trimmed = trim(body)
    except ImageError:
        return
    after = _decoded(opener, trimmed)
    assert before is None or after == before


def jpeg(data):
    """A JPEG's header, trimmed: the pixels stay."""
    body = b"\xff\xd8\xff" + data
    _same(JpegImageFile, body, lambda each: jpeg_header.trimmed(each, 20))


def png(data):
    """A PNG's chunks, trimmed, and rows inflated by zlib-ng: the pixels stay."""
    body = b"\x89PNG\r\n\x1a\n" + data
    with contextlib.suppress(ImageError):
        _decoded(png_reader.open_image, png_chunks.trimmed(body))
    if b"acTL" not in body:  # frames whose chunks are misspelt are missed by those behind them
        _same(PngImageFile, body, png_chunks.trimmed)


def gif(data):
    """A GIF's blocks: the frames that Pillow finds, before and after."""
    body = b"GIF89a" + data
    try:
        layout = gif_layout(body, 50)
    except ImageError:
        return
    if layout.size[0] * layout.size[1] > SIDE * SIDE:
        return
    frames = _frames(body)
    assert frames is None or layout.frames == frames == _frames(layout.body)
    with _strict():
        before = _decoded(_open_gif, body)
    after = _decoded(_open_gif, layout.body)
    # of a frame that ends too early Pillow takes what follows for pixels
    assert before is None or after[:2] == before[:2]


def _open_gif(file):
    return Image.open(file, formats=["GIF"])


def _frames(body):
    """How many Pillow finds; None if it finds none."""
    try:
        with Image.open(io.BytesIO(body), formats=["GIF"]) as image:
            return image.n_frames
    except DECODER_ERRORS:
        return None


def exif(data):
    """An Exif block: read, turned upright, nothing longer or shorter."""
    for block in (data, PREFIX + data):
        parsed_exif(block)
        changed, orientation = upright_block(block)
        assert len(changed) == len(block)
        assert 1 <= orientation <= 8


def profile(data):
    """A colour profile, on pictures of each kind of pixels."""
    for mode in ("RGB", "L", "RGBA", "P"):
        made = in_srgb(Image.new(mode, (4, 4), 1), data, None)
        assert made.size == (4, 4)


TARGETS = {
    each.__name__: each for each in (url, config, picture, drawing, jpeg, png, gif, exif, profile)
}
