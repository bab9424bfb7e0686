"""What goes into the package, by name. Whatever a function never runs stays out."""

from __future__ import annotations

import re

OURS_LEFT_OUT = (
    "batch", "bench", "cli", "client", "comparing", "deploying", "filter_docs", "testing",
    "warming",
)  # fmt: skip
"""Our own modules and packages that only the command line and programs of others use."""

DROPPED = re.compile(
    r"""
      # Pillow passes over formats whose modules are missing; these are none that a source may have.
      (^|/)(tests?|testing|__pycache__)/      # of others
    | ^(bin|share|include)/
    | \.(pyi|pxd|pyx|c|h|rst|md|pyc|typed)$
    | \.dist-info/(RECORD|WHEEL|INSTALLER|REQUESTED|top_level\.txt|sboms/.*|zip-safe)$
    | ^PIL/(_imagingtk\..*|_tkinter_finder\.py|ImageTk\.py|ImageQt\.py|__main__\.py)$
    | ^PIL/(ImageGrab|ImageShow|ImageWin|ImageDraw2|PSDraw|PdfParser|TarIO|report)\.py$
    | ^PIL/(Bdf|Pcf|)FontFile\.py$
    | ^PIL/(Blp|BufrStub|Dcx|Fits|Fli|Fpx|Ftex|Gbr|GribStub|Hdf5Stub|Im|Imt|McIdas|Mic|Mpeg
      |Msp|Palm|Pcd|Pcx|Pdf|Pixar|Spider|Sun|Wmf|XVThumb|Xbm|Xpm|Sgi|Eps|Psd)ImagePlugin\.py$
    | ^PIL/(WalImageFile|GdImageFile)\.py$
    | ^tornado/(auth|autoreload|testing|wsgi)\.py$
    | ^tornado/platform/(caresresolver|twisted)\.py$
    | ^curl/
    """,
    re.VERBOSE,
)
WITHOUT_REASON = re.compile(
    r"\.dist-info/(?!METADATA$|entry_points\.txt$|licen[cs]es?/|LICEN[CS]E)"
)

SERVICES = ("s3", "sts", "rekognition", "secretsmanager", "ssm", "cloudfront", "sso", "sso-oidc")
"""What of botocore's 400 services a function may call."""

_SERVICE = re.compile(r"^botocore/data/([^/]+)/")
_UNUSED = re.compile(r"(^boto3/examples/|/examples-1\.json)")


def wanted(name: str) -> bool:
    """Whether a file of a wheel goes into the package. `name`: its path there."""
    if DROPPED.search(name) or WITHOUT_REASON.search(name) or _UNUSED.search(name):
        return False
    service = _SERVICE.match(name)
    return not service or service.group(1) in SERVICES


def ours(name: str) -> bool:
    """Whether a file of ours does. `name`: its path below `thumborlike`."""
    if "__pycache__" in name or name.startswith("web/samples/"):
        return False
    first = name.partition("/")[0].removesuffix(".py")
    return first not in OURS_LEFT_OUT
