"""A visit to a page in headless Chromium, by Playwright."""

import importlib.util
import os
import shutil
import time

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
WAIT = 60
"""Seconds; a busy machine takes its time."""


def why_not(*packages):
    """Why no browser can be had; empty if one can."""
    for name in ("playwright", *packages):
        if importlib.util.find_spec(name) is None:
            return f"needs the package {name}: pip install 'thumborlike[browser]'"
    return "" if CHROMIUM else "needs Chromium: apt-get install chromium"


class Visit:
    """One page, in a window of its own. Whatever goes wrong in it is in `troubles`."""

    def __init__(self, browser, server, **traits):
        self.server = server
        self.troubles = []
        self.strangers = []
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **traits})
        self.context.set_default_timeout(WAIT * 1000)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", self._heard)
        self.page.on("request", self._asked)

    def _heard(self, message):
        if message.type in ("error", "warning"):
            self.troubles.append(message.text)

    def _asked(self, request):
        if not request.url.startswith((self.server.url, "blob:", "data:")):
            self.strangers.append(request.url)

    def until(self, is_true, what="it"):
        """Wait for a condition. The page's policy forbids Playwright's own way, which is `eval`."""
        end = time.monotonic() + WAIT
        while not (found := is_true()):
            assert time.monotonic() < end, f"waited in vain for {what}"
            self.page.wait_for_timeout(30)
        return found

    def text(self, name):
        return self.page.text_content(f"#{name}")

    def wait_for_text(self, name, wanted):
        self.until(lambda: wanted in self.text(name), f"{wanted!r} in #{name}")
        return self.text(name)

    def open(self, state="source=lake.jpg"):
        self.page.goto(f"{self.server.url}/playground#{state}")
        self.page.wait_for_selector("#add-filter option", state="attached")
        return self

    def wait_for_result(self):
        self.page.wait_for_selector("#layers:not([hidden])")
        self.page.wait_for_selector("#viewer:not(.busy)")
        return self

    def wait_for_original(self):
        self.page.wait_for_selector("#original:not([hidden])")
        self.until(lambda: self.page.locator("#crop-area").bounding_box(), "the original")
        return self

    def path(self):
        """The unsafe address without scheme and host."""
        return self.text("unsafe").removeprefix(self.server.url)

    def wait_for_path(self, wanted):
        self.until(lambda: self.path() == wanted, f"{wanted}, there is {self.path()}")
        return self.path()

    def wait_for_part(self, wanted):
        self.until(lambda: wanted in self.path(), f"{wanted}, there is {self.path()}")
        return self.path()

    def code(self, kind, sign):
        self.page.select_option("#language", kind)
        return self.wait_for_text("code", sign)

    def focused(self, name):
        """An attribute of what has the keyboard."""
        return self.page.evaluate("name => document.activeElement.getAttribute(name)", name)
