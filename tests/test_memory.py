"""What the C library is told takes effect in a process of its own."""

import subprocess
import sys

import pytest

SCRIPT = """
import threading
from thumborlike.memory import keep_freed, share_freed

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

if {shared}:
    share_freed(2)
keep_freed()

def read(gate):
    gate.wait()
    bytes(bytearray(6 << 20))

before = peak()
for _ in range(12):  # one after the other: only one body is there at a time
    gate = threading.Event()
    threads = [threading.Thread(target=read, args=(gate,)) for _ in range(1)]
    for each in threads:
        each.start()
    gate.set()
    for each in threads:
        each.join()
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's options")
def test_it_runs_where_it_has_an_effect_and_costs_no_memory():
    found = [
        int(subprocess.check_output([sys.executable, "-c", SCRIPT.format(shared=shared)]))
        for shared in (True, False)
    ]
    assert found[0] <= found[1] + 4096
