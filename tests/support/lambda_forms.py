"""What each front end of Lambda makes of an HTTP request, and of the function's answer."""

from __future__ import annotations

import base64
from urllib.parse import parse_qsl, unquote

FORMS = ("rest", "http", "http-1.0", "url", "url-oac", "alb", "alb-multi")
DECODING = ("http", "http-1.0")
"""Front ends that hand over decoded paths."""

REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


def event_of(form, target, method="GET", headers=None, body=b"", stage="live"):
    """The event for a request; `target` is raw, `headers` a dictionary."""
    path, _, query = target.partition("?")
    headers = {"host": "h.example", **{k.lower(): v for k, v in (headers or {}).items()}}
    make = {
        "url": _version_2,
        "url-oac": _version_2,
        "http": _version_2,
        "rest": _version_1,
        "http-1.0": _version_1,
    }
    event = make.get(form, _balanced)(form, path, query, method, headers, stage)
    event["body"] = base64.b64encode(body).decode() if body else None
    event["isBase64Encoded"] = bool(body)
    return event


def _version_2(form, path, query, method, headers, stage):
    is_url = form.startswith("url")
    path = path if is_url else f"/{stage}{unquote(path)}"
    domain = "abc.lambda-url.eu-west-1.on.aws" if is_url else "abc.execute-api.x"
    if form == "url-oac":  # CloudFront signs
        headers = {
            **headers,
            "via": "2.0 x.cloudfront.net (CloudFront)",
            "x-amz-cf-id": "x",
            "x-amz-source-arn": "arn:aws:cloudfront::1:distribution/E",
            "host": domain,
        }
    event = {
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": headers, "queryStringParameters": dict(parse_qsl(query)) or None,
        "requestContext": {
            "stage": "$default" if is_url else stage, "domainName": domain,
            "requestId": REQUEST_ID,
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
        },
    }  # fmt: skip
    if form == "url-oac":
        event["requestContext"]["authorizer"] = {"iam": {"userId": "cloudfront.amazonaws.com"}}
    return event


def _version_1(form, path, query, method, headers, stage):
    path = f"/{stage}{unquote(path)}" if form == "http-1.0" else path
    many = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        many.setdefault(name, []).append(value)
    event = {
        "resource": "/{proxy+}", "path": path, "httpMethod": method,
        "headers": {name.title(): value for name, value in headers.items()},
        "multiValueHeaders": {name.title(): [value] for name, value in headers.items()},
        "queryStringParameters": {k: v[-1] for k, v in many.items()} or None,
        "multiValueQueryStringParameters": many or None,
        "requestContext": {
            "stage": stage, "httpMethod": method, "requestId": REQUEST_ID,
            "path": f"/{stage}{path}", "identity": {"sourceIp": "192.0.2.1"},
        },
    }  # fmt: skip
    return {**event, "version": "1.0"} if form == "http-1.0" else event


def _balanced(form, path, query, method, headers, stage):
    headers = {**headers, "x-forwarded-for": "192.0.2.1"}
    many = {}
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        many.setdefault(name, []).append(value)
    event = {"requestContext": {"elb": {"targetGroupArn": "arn:x"}}, "httpMethod": method,
             "path": path}  # fmt: skip
    if form == "alb":
        event["headers"] = headers
        event["queryStringParameters"] = {k: v[-1] for k, v in many.items()}
    else:
        event["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
        event["multiValueQueryStringParameters"] = many
    return event


def response_of(form, answer):
    """Status, headers (lower case) and body, as the front end makes them of an answer."""
    assert set(answer) <= {
        "statusCode", "statusDescription", "headers", "multiValueHeaders", "body",
        "isBase64Encoded",
    }  # fmt: skip
    assert isinstance(answer["isBase64Encoded"], bool)
    if form.startswith("alb"):
        assert answer["statusDescription"].startswith(f"{answer['statusCode']} ")
    if form == "alb-multi":
        headers = {k.lower(): ",".join(v) for k, v in answer["multiValueHeaders"].items()}
    else:
        headers = {k.lower(): v for k, v in answer["headers"].items()}
    text = answer["body"]
    body = base64.b64decode(text) if answer["isBase64Encoded"] else text.encode()
    return answer["statusCode"], headers, body
