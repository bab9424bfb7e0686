"""Lines of access logs as servers write them."""

import pytest

from thumborlike.comparing.logs import Entry, Reader

COMMON = '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /S=/300x200/a.jpg HTTP/1.0" 200 2326'
ALB = (
    "https 2026-11-23T10:00:00.186641Z app/my-lb/50dc6c495c0c9188 192.0.2.1:2817 10.0.0.1:80 0.086 "
    '0.048 0.037 200 200 0 57 "GET https://img.example.com:443/S=/300x200/a.jpg HTTP/1.1" '
    '"curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x:y "Root=1-58337281" "-" "-" 1'
)
PLAIN = Entry("/S=/300x200/a.jpg")


def read(*lines):
    reader = Reader()
    return list(reader.entries(lines)), reader.skipped


@pytest.mark.parametrize(
    "line, entry",
    [
        (COMMON, PLAIN),
        (COMMON + ' "https://a.net/?q=\\"GET /x HTTP/1.1\\"" "Mozilla/5.0 (X11)"\n', PLAIN),
        (COMMON.replace("127.0.0.1", "2001:db8::1").replace("GET", "HEAD"), PLAIN),
        (COMMON.replace(" HTTP/1.0", ""), PLAIN),
        (ALB, PLAIN),
        (COMMON.replace("/S=/", "http://proxy.net/S=/"), PLAIN),
        (COMMON.replace("a.jpg", "a.jpg?v=1"), Entry("/S=/300x200/a.jpg?v=1")),
        (COMMON.replace("a.jpg", "a%20b%C3%BC.jpg"), Entry("/S=/300x200/a%20b%C3%BC.jpg")),
        (COMMON.replace("a.jpg", "\\xC3\\xBC\\x22.jpg"), Entry("/S=/300x200/%C3%BC%22.jpg")),
        (COMMON.replace("a.jpg", '\\"a.jpg'), Entry("/S=/300x200/%22a.jpg")),
        (COMMON.replace("a.jpg", "filters:fill(red)/http://o.net/a.jpg"),
         Entry("/S=/300x200/filters:fill(red)/http://o.net/a.jpg")),
        ("/S=/300x200/a.jpg", PLAIN),
        ("https://img.example.com/S=/300x200/a.jpg\r\n", PLAIN),
        ("/S=/300x200/a.jpg 17 times", PLAIN),
        ('{"request":"GET /S=/300x200/a.jpg HTTP/1.1","status":200}', PLAIN),
        ('{"request_method":"GET","request_uri":"/S=/300x200/a.jpg","http_accept":"image/webp"}',
         Entry("/S=/300x200/a.jpg", "image/webp")),
        ('{"request":{"method":"GET","uri":"/S=/300x200/a.jpg","headers":{"Accept":["image/avif"]}}}',
         Entry("/S=/300x200/a.jpg", "image/avif")),
        ('{"httpRequest":{"requestUrl":"https://a.net/S=/300x200/a.jpg"}}', PLAIN),
        ('{"RequestMethod":"GET","RequestPath":"/S=/300x200/a.jpg"}', PLAIN),
        ('{"cs-method":"GET","cs-uri-stem":"/S=/300x200/a%2520b.jpg","cs-uri-query":"-"}',
         Entry("/S=/300x200/a%20b.jpg")),
        ('{"path":"/S=/300x200/a.jpg","query":"v=1"}', Entry("/S=/300x200/a.jpg?v=1")),
    ],
)  # fmt: skip
def test_lines(line, entry):
    assert read(line) == ([entry], 0)


FIELDS = (
    "#Version: 1.0",
    "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status "
    "cs(Referer) cs(User-Agent) cs-uri-query",
)


@pytest.mark.parametrize(
    "stem, query, path",
    [
        ("/S=/300x200/a.jpg", "-", "/S=/300x200/a.jpg"),
        ("/S=/300x200/a.jpg", "v=1", "/S=/300x200/a.jpg?v=1"),
        ("/S=/a%20b.jpg", "-", "/S=/a%20b.jpg"),
        ("/S=/a%2520b.jpg", "-", "/S=/a%20b.jpg"),
    ],
)
def test_cloudfront(stem, query, path):
    cells = ["2026-11-23", "10:00:00", "FRA2", "182", "192.0.2.1", "GET", "d.cloudfront.net", stem,
             "200", "-", "Mozilla/4.0%20(compatible)", query]  # fmt: skip
    assert read(*FIELDS, "\t".join(cells)) == ([Entry(path)], 0)
    cells[5] = "POST"
    assert read(*FIELDS, "\t".join(cells)) == ([], 1)


@pytest.mark.parametrize(
    "line",
    [
        COMMON.replace("GET", "POST"),
        COMMON.replace("GET /S=/300x200/a.jpg HTTP/1.0", "-"),
        COMMON.replace("GET /S=/300x200/a.jpg HTTP/1.0", "\\x16\\x03\\x01"),
        COMMON.replace("/S=/300x200/a.jpg", "*"),
        "nonsense",
        "{broken",
        "[1]",
        '{"request": 7}',
        '{"a":' * 5000 + "1" + "}" * 5000,
        "/" + "x" * 40_000,
        '"' * 20_000,
        '"GET ' * 6_000,
        '"GET ' + "\\\\" * 15_000,
    ],
)
def test_other_lines_are_counted(line):
    assert read(line, "", "# a comment") == ([], 1)
