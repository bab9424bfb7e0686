"""Pictures made to hurt: small files that would take memory or time, and ones that only look
like pictures. Each function gives the bytes of one file."""

import base64
import io
import struct
import zlib

from PIL import Image

HUGE = 60_000
"""A side; its square is far beyond MAX_PIXELS, and within what the formats can say."""


def chunk(kind, data=b""):
    """A PNG chunk."""
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def png(*between, size=(8, 8), after=b"", rows=None):
    """A true-colour PNG; `between` are chunks in front of its pixels, `after` behind them."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    if rows is None:
        rows = zlib.compress((b"\0" + b"\x40\x80\xc0" * size[0]) * size[1])
    pixels = chunk(b"IDAT", rows)
    return b"".join((b"\x89PNG\r\n\x1a\n", header, *between, pixels, after, chunk(b"IEND")))


def png_bomb(size=(HUGE, HUGE)):
    return png(size=size, rows=zlib.compress(bytes(1 << 20), 9))


def packed(length):
    return zlib.compress(bytes(length), 9)


def segment(marker, data):
    """A JPEG segment."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def jpeg(*between, size=(16, 16), **options):
    """A JPEG; `between` are bytes right behind its first marker."""
    file = io.BytesIO()
    Image.new("RGB", size, (64, 128, 192)).save(file, "JPEG", **options)
    body = file.getvalue()
    return b"".join((body[:2], *between, body[2:]))


def jpeg_bomb():
    """The frame header says `HUGE`."""
    body = bytearray(jpeg())
    at = body.index(b"\xff\xc0")
    body[at + 5 : at + 9] = struct.pack(">HH", HUGE, HUGE)
    return bytes(body)


def many_scans(count, side=2048):
    """A progressive JPEG whose last scan is repeated."""
    body = jpeg(size=(side, side), progressive=True)
    last = body.rindex(b"\xff\xda")
    scan = body[last:-2]
    return body[:last] + scan * count + b"\xff\xd9"


def gif(frames=1, size=(10, 10), screen=(10, 10), between=b"", end=b";"):
    """A GIF of equal frames, each a few bytes long."""
    table = b"\0\0\0\xff\xff\xff"
    frame = b"," + struct.pack("<HHHHB", 0, 0, *size, 0) + b"\x02\x02\x4c\x01\0"
    control = b"!\xf9\x04\x04\x0a\0\0\0"
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + table
    return head + between + (control + frame) * frames + end


def gif_comment(length):
    """A comment of so many bytes, in blocks of 255."""
    return b"!\xfe" + (b"\xff" + b"c" * 255) * (length // 255) + b"\0"


def riff(*chunks):
    """A WebP file of these (kind, data) chunks."""
    parts = []
    for kind, data in chunks:
        parts += (kind, struct.pack("<I", len(data)), data, b"\0" * (len(data) & 1))
    inside = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(inside)) + inside


def webp(**options):
    file = io.BytesIO()
    Image.new("RGB", (16, 16), (64, 128, 192)).save(file, "WEBP", **options)
    return file.getvalue()


def webp_pixels(**options):
    """The one chunk of a still WebP: kind and data."""
    body = webp(**options)
    return body[12:16], body[20 : 20 + struct.unpack("<I", body[16:20])[0]]


def three(value):
    return struct.pack("<I", value)[:3]


def webp_canvas(width, height, flags=0, *chunks):
    head = bytes((flags, 0, 0, 0)) + three(width - 1) + three(height - 1)
    return riff((b"VP8X", head), *chunks)


def webp_bomb():
    return webp_canvas(HUGE, HUGE, 0, webp_pixels())


def webp_lossless_bomb():
    """The bit stream itself says 16383 x 16383."""
    bits = 16382 | 16382 << 14
    return riff((b"VP8L", b"\x2f" + struct.pack("<I", bits) + bytes(60)))


def webp_frames(count, side=16):
    kind, data = webp_pixels(lossless=True)
    inner = kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)
    frame = three(0) + three(0) + three(15) + three(15) + three(10) + b"\0" + inner
    animation = (b"ANIM", struct.pack("<IH", 0, 0))
    return webp_canvas(side, side, 2, animation, *[(b"ANMF", frame)] * count)


def apng(frames, said):
    """An APNG with so many frames that says it had `said`."""
    body = [chunk(b"acTL", struct.pack(">II", said, 0))]
    raw = zlib.compress(b"".join(b"\0" + b"\x40\x80\xc0" * 8 for _ in range(8)))
    control = struct.pack(">IIIIHHBB", 8, 8, 0, 0, 1, 10, 0, 0)
    body.append(chunk(b"fcTL", struct.pack(">I", 0) + control))
    after = []
    for number in range(frames - 1):
        after.append(chunk(b"fcTL", struct.pack(">I", 2 * number + 1) + control))
        after.append(chunk(b"fdAT", struct.pack(">I", 2 * number + 2) + raw))
    return png(*body, after=b"".join(after))


def tiff(entries, data=b"", following=0):
    """A little-endian TIFF: (tag, type, count, value) entries; `data` stands behind them."""
    directory = struct.pack("<H", len(entries))
    for tag, kind, count, value in sorted(entries):
        directory += struct.pack("<HHII", tag, kind, count, value)
    return b"II*\0\x08\0\0\0" + directory + struct.pack("<I", following) + data


def tiff_entries(width, height, **changed):
    """Those of an uncompressed grey picture of one strip, which lies at byte 8."""
    values = {
        "width": (256, 4, 1, width),
        "height": (257, 4, 1, height),
        "bits": (258, 3, 1, 8),
        "compression": (259, 3, 1, 1),
        "photometric": (262, 3, 1, 1),
        "offsets": (273, 4, 1, 8),
        "samples": (277, 3, 1, 1),
        "rows": (278, 4, 1, height),
        "counts": (279, 4, 1, width * height & 0xFFFFFFFF),
        **changed,
    }
    return [each for each in values.values() if each]


def tiff_bomb():
    return tiff(tiff_entries(HUGE, HUGE))


def tiff_loop():
    """A directory that is its own successor."""
    return tiff(tiff_entries(8, 8), bytes(64), following=8)


def tiff_pointing_at_itself(entries=60_000):
    """Each tag says that its value is the whole file."""
    count = 12 * entries
    many = [(1000 + each, 7, count, 8) for each in range(entries)]
    return tiff(tiff_entries(8, 8) + many, bytes(64))


def tiff_many_strips(strips=1_000_000):
    start = 8 + 2 + 9 * 12 + 4
    entries = tiff_entries(
        8, 8, offsets=(273, 4, strips, start), counts=(279, 4, strips, start), rows=(278, 4, 1, 1)
    )
    return tiff(entries, struct.pack("<I", 8) * strips)


def tiff_huge_tile(side=10_000):
    """A picture of 8 x 8 in one deflated tile of far more."""
    row = zlib.compressobj(9)
    data = b"".join(row.compress(bytes(1 << 20)) for _ in range(side * side >> 20)) + row.flush()
    start = 8 + 2 + 10 * 12 + 4
    entries = tiff_entries(
        8, 8,
        compression=(259, 3, 1, 8), offsets=None, counts=None, rows=None,
        tile_width=(322, 4, 1, side), tile_height=(323, 4, 1, side),
        tiles=(324, 4, 1, start), lengths=(325, 4, 1, len(data)),
    )  # fmt: skip
    return tiff(entries, data)


def bmp_bomb():
    header = struct.pack("<IiiHHIIiiII", 40, HUGE, HUGE, 1, 24, 0, 0, 1, 1, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + header


def bmp_palette_bomb():
    header = struct.pack("<IiiHHIIiiII", 40, 8, 8, 1, 8, 0, 0, 1, 1, 0xFFFFFFFF, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + header + bytes(1 << 20)


def icon(inner, entries=1):
    index = struct.pack("<BBBBHHII", 32, 32, 0, 0, 1, 32, len(inner), 6 + 16 * entries)
    return b"\0\0\1\0" + struct.pack("<H", entries) + index * entries + inner


def icon_bomb():
    return icon(png_bomb())


def box(kind, *data):
    """A box of an ISO media file or JPEG 2000."""
    inside = b"".join(data)
    return struct.pack(">I", len(inside) + 8) + kind + inside


def picture(format_name, size=(32, 32), **options):
    file = io.BytesIO()
    Image.new("RGB", size, (64, 128, 192)).save(file, format_name, **options)
    return file.getvalue()


def sides_changed(body, width, height):
    """All `ispe` boxes say another size."""
    changed = bytearray(body)
    at = changed.find(b"ispe")
    while at >= 0:
        changed[at + 8 : at + 16] = struct.pack(">II", width, height)
        at = changed.find(b"ispe", at + 1)
    return bytes(changed)


def avif_bomb():
    return sides_changed(picture("AVIF"), 30_000, 30_000)


def avif_lying(size):
    """Pixels of this size, of which the container says that they are 64 x 64."""
    return sides_changed(picture("AVIF", size, speed=10), 64, 64)


def heif(size=(64, 64)):
    import pillow_heif

    file = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", size, (64, 128, 192))).save(file, quality=50)
    return file.getvalue()


def heif_bomb():
    return sides_changed(heif(), 30_000, 30_000)


def jp2_bomb(stream_only=False):
    """Both headers say `HUGE`; or that of the code stream alone."""
    body = bytearray(picture("JPEG2000"))
    if not stream_only:
        at = body.index(b"ihdr") + 4
        body[at : at + 8] = struct.pack(">II", HUGE, HUGE)
    at = body.index(b"\xff\x4f\xff\x51") + 8
    for place in (at, at + 16):
        body[place : place + 8] = struct.pack(">II", HUGE, HUGE)
    return bytes(body)


def jxl_bomb():
    """A bare code stream's size header: not small, 30 bits a side, ratio 0."""
    bits, at = 0, 0

    def put(value, width):
        nonlocal bits, at
        bits |= value << at
        at += width

    put(0, 1)
    for side in (HUGE, HUGE):
        put(3, 2)
        put(side - 1, 30)
        if at < 40:
            put(0, 3)
    put(1, 1)
    return b"\xff\x0a" + bits.to_bytes(16, "little") + bytes(64)


def svg(inside="", attributes='width="20" height="20"', before=""):
    space = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"{before}<svg {space} {attributes}>{inside}</svg>".encode()


def svg_bomb():
    return svg(attributes=f'width="{HUGE}" height="{HUGE}"')


def svg_uses(levels=12, each=10):
    """`use` of `use`: each level shows the one below so many times."""
    parts = ['<g id="l0"><rect width="1" height="1"/></g>']
    for level in range(1, levels + 1):
        below = f'<use xlink:href="#l{level - 1}"/>' * each
        parts.append(f'<g id="l{level}">{below}</g>')
    return svg(f"<defs>{''.join(parts)}</defs><use xlink:href='#l{levels}'/>")


def svg_with_picture(body, kind="png"):
    told = base64.b64encode(body).decode()
    return svg(f'<image width="9" height="9" href="data:image/{kind};base64,{told}"/>')


def exif_pointing_at_itself(entries=5000):
    """An Exif block of which each tag says that its value is the whole block."""
    many = [(1000 + each, 7, 12 * entries, 8) for each in range(entries)]
    return b"Exif\0\0" + tiff(many)


def exif_looping():
    """Its sub-directories are the directory itself, and so is the next one."""
    pointers = [(tag, 4, 1, 8) for tag in (0x8769, 0x8825, 0xA005)]
    return b"Exif\0\0" + tiff([(0x0112, 3, 1, 6), *pointers], following=8)


BOMBS = {
    "png": png_bomb,
    "gif": lambda: gif(screen=(HUGE, HUGE)),
    "gif frame": lambda: gif(size=(HUGE, HUGE)),
    "webp": webp_bomb,
    "webp lossless": webp_lossless_bomb,
    "avif": avif_bomb,
    "tiff": tiff_bomb,
    "bmp": bmp_bomb,
    "icon": icon_bomb,
    "jp2": jp2_bomb,
    "jp2 code stream": lambda: jp2_bomb(stream_only=True),
    "jpeg": jpeg_bomb,
    "heif": heif_bomb,
    "jxl": jxl_bomb,
    "svg": svg_bomb,
}
"""Small files that say they were huge, in every format that is read."""


def avif_frames(count):
    """An animation whose tables of samples say that it had so many frames."""
    frames = [Image.new("RGB", (32, 32), (n * 90, 128, 192)) for n in range(3)]
    file = io.BytesIO()
    frames[0].save(file, "AVIF", save_all=True, append_images=frames[1:])
    body = bytearray(file.getvalue())
    at = body.index(b"stsz") + 8
    body[at : at + 8] = struct.pack(">II", 1, count)
    at = body.index(b"stts") + 12
    body[at : at + 4] = struct.pack(">I", count)
    at = body.index(b"stsc") + 16
    body[at : at + 4] = struct.pack(">I", count)
    return bytes(body)


def jp2_boxes(count):
    body = picture("JPEG2000")
    return body[:12] + box(b"free") * count + body[12:]


def jp2_tiles(count):
    """A strip of so many tiles, one pixel wide each."""
    body = bytearray(picture("JPEG2000", no_jp2=True))
    struct.pack_into(">IIIIIIII", body, 8, count, 8, 0, 0, 1, 8, 0, 0)
    return bytes(body)
