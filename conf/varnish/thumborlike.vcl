# In front of thumborlike, for Varnish 7: varnishd -f thumborlike.vcl -s malloc,4g
# The server says for how long pictures are kept (MAX_AGE); old ones help out while it is away.
vcl 4.1;

import std;

backend default {
    .host = "127.0.0.1";
    .port = "8888";
    .connect_timeout = 2s;
    # PROCESSING_TIMEOUT_SECONDS, the queue and a slow source: the server says no before that.
    .first_byte_timeout = 75s;
    .between_bytes_timeout = 10s;
    .probe = {
        .url = "/readiness";
        .interval = 5s;
        .timeout = 2s;
        .window = 3;
        .threshold = 2;
        .initial = 2;
    }
}

# Who may forget pictures by PURGE. `thumborlike purge -s` is signed and needs no place here.
acl purgers {
    "localhost";
}

sub vcl_recv {
    unset req.http.Cookie;
    if (req.method == "PURGE") {
        call forget;
    }
    if (req.url ~ "^/metrics(/|\?|$)") {
        return (synth(403));
    }
    if (req.url ~ "^/(healthcheck|readiness|image|blacklist|purge|explain|playground)(/|\?|$)") {
        return (pass);
    }
    if (req.method != "GET" && req.method != "HEAD") {
        return (synth(405));
    }
    call without_query;
    call few_kinds_of_accept;
}

# PURGE with the header Surrogate-Key (tags of sources, spaces between) forgets all that was made of
# them; without it the URL in all its kinds. Answers name the tags of what they show.
sub forget {
    if (client.ip !~ purgers) {
        return (synth(403));
    }
    call without_query;
    if (!req.http.Surrogate-Key) {
        return (purge);
    }
    if (req.http.Surrogate-Key !~ "^[0-9a-f]{16}( [0-9a-f]{16}){0,255}$") {
        return (synth(400, "These are no tags"));
    }
    if (std.ban("obj.http.Surrogate-Key ~ " + regsuball(req.http.Surrogate-Key, " ", "|"))) {
        return (synth(200, "Forgotten"));
    }
    return (synth(500, std.ban_error()));
}

# A query means nothing but to /meta, where it may name a function to call.
sub without_query {
    if (req.url !~ "/meta/") {
        set req.url = regsub(req.url, "\?.*$", "");
    }
}

# AUTO_WEBP, AUTO_AVIF and the like choose by Accept, and answer `Vary: Accept`. Four kinds of
# Accept instead of hundreds: each is one copy of the picture. With q=0 a client says no.
sub few_kinds_of_accept {
    if (req.http.Accept ~ "(?i)image/avif(?!\s*;\s*q=0(\.0*)?\s*(,|$))") {
        set req.http.X-Kinds = "image/avif,";
    }
    if (req.http.Accept ~ "(?i)image/webp(?!\s*;\s*q=0(\.0*)?\s*(,|$))") {
        set req.http.X-Kinds = req.http.X-Kinds + "image/webp,";
    }
    set req.http.Accept = req.http.X-Kinds + "*/*";
    unset req.http.X-Kinds;
}

sub vcl_backend_response {
    # A picture that is made anew and fails, or cannot be made: the old one stays.
    if (beresp.status >= 500 && bereq.is_bgfetch) {
        return (abandon);
    }
    # `thumborlike purge -s` was obeyed by the server: what was made of the source goes here, too.
    if (bereq.url ~ "^/purge/" && beresp.status == 200 && beresp.http.Surrogate-Key) {
        std.ban("obj.http.Surrogate-Key ~ " + beresp.http.Surrogate-Key);
    }
    if (beresp.status == 200) {
        set beresp.grace = 24h;
        set beresp.keep = 24h;
    } else if (beresp.status == 404) {
        set beresp.ttl = 60s;
        set beresp.grace = 0s;
    } else if (beresp.status >= 400) {
        # One second: those who wait for the same picture hear of it, and nobody for long.
        set beresp.ttl = 1s;
        set beresp.grace = 0s;
    }
}

sub vcl_deliver {
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    } else {
        set resp.http.X-Cache = "MISS";
    }
}
