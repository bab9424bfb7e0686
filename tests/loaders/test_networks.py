from __future__ import annotations

import pytest
from thumborlike.loaders._networks import Networks

REFUSED = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.88.99.1 192.168.1.1
198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
255.255.255.255
:: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 ::8.8.8.8 ::ffff:0:127.0.0.1
64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b:1::8.8.8.8 64:ff9b:1::10.0.0.1 100::1
2001::1 2001:0:808:808::f7f7:f7f7 2001:2::1 2001:10::1 2001:20::1 2001:db8::1
2002:7f00:1:: 2002:a00:1::1 2002:a9fe:a9fe:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1
fe80::1%eth0 fec0::1 ff02::1 2606:4700::5efe:10.0.0.1 2606:4700::200:5efe:127.0.0.1
4000::1 nonsense 1.2.3 127.1
"""

PERMITTED = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0
192.0.1.1 192.167.255.255 198.17.255.255 198.20.0.0 223.255.255.255
2001:4860:4860::8888 2606:4700::1 2a00:1450::1 64:ff9b::8.8.8.8 2002:808:808::1
2606:4700::5efe:8.8.8.8
"""


@pytest.mark.parametrize("address", REFUSED.split())
def test_refused_by_default(address):
    assert not Networks().permits(address)


@pytest.mark.parametrize("address", PERMITTED.split())
def test_permitted_by_default(address):
    assert Networks().permits(address)


def test_allowed_networks_are_exempt():
    rules = Networks.of(True, ("10.1.0.0/16", "fd00::/8", "127.0.0.1"), ())
    assert rules.permits("10.1.2.3") and rules.permits("fd12::1") and rules.permits("127.0.0.1")
    assert rules.permits("64:ff9b::10.1.2.3")
    assert not rules.permits("10.2.0.1") and not rules.permits("127.0.0.2")
    assert not rules.permits("::ffff:10.1.2.3")


def test_blocked_networks_win():
    rules = Networks.of(False, ("8.8.0.0/16",), ("8.8.8.0/24", "2606:4700::/32"))
    assert rules.permits("10.0.0.1") and rules.permits("8.8.4.4")
    assert not rules.permits("8.8.8.8") and not rules.permits("2606:4700::1")
    assert not rules.permits("::ffff:8.8.8.8") and not rules.permits("2002:808:808::1")


@pytest.mark.parametrize(
    ("host", "permitted"),
    [
        ("example.com", True),
        ("8.8.8.8", True),
        ("10.0.0.1", False),
        ("::1", False),
        ("2606:4700::1", True),
        ("localhost", False),
        ("a.localhost.", False),
        ("localhost.example", True),
    ],
)
def test_hosts_without_a_look_up(host, permitted):
    assert Networks().permits_host(host) is permitted


def test_what_is_no_network():
    with pytest.raises(ValueError, match="example"):
        Networks.of(True, ("example.com",), ())
