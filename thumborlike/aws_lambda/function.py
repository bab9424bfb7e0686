"""What Lambda imports: its name for the handler is `thumborlike.aws_lambda.function.handler`."""

from __future__ import annotations

import os

from .factory import make

handler = make(os.environ)
