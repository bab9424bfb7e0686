"""The function for CloudFront of docs/deploying.md."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
from fronted import ROOT

NODE = shutil.which("node")
ACCEPTS = {
    "image/avif,image/webp,image/apng,*/*;q=0.8": "image/avif,image/webp,*/*",
    "image/webp;q=0.9 , */*": "image/webp,*/*",
    "IMAGE/WEBP": "image/webp,*/*",
    "image/avif; q=0.000, image/webp": "image/webp,*/*",
    "image/webp;q=0": "*/*",
    "*/*": "*/*",
    None: "*/*",
}


@pytest.mark.skipif(not NODE, reason="node is not there")
def test_accept_becomes_one_of_few() -> None:
    page = (ROOT / "docs/deploying.md").read_text()
    block = re.search(r"```js\n(.*?)```", page, re.DOTALL)
    assert block and NODE
    asked = [{} if each is None else {"accept": {"value": each}} for each in ACCEPTS]
    call = (
        f"{json.dumps(asked)}.map(h => handler({{request: {{headers: h}}}}).headers.accept.value)"
    )
    command = [NODE, "-e", f"{block[1]}; console.log(JSON.stringify({call}))"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == list(ACCEPTS.values())
