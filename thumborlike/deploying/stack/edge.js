// CloudFront runs this before it looks into its cache (runtime 2.0). It refuses what is not signed,
// and turns an address into the key under which the function files the result:
// /r/<variant>/<sha256 of the address>. The address itself goes along as x-original-path.
import cf from 'cloudfront';
import crypto from 'crypto';

const LINKS = '${Links}'; // thumbor; sih3 and sih, which the function checks itself
const UNSAFE = '${AllowUnsafeUrl}';
const FORMATS = '${AutoFormats}'; // off, webp, avif
const QUERY = ['expires', 'fit', 'flip', 'flop', 'format', 'grayscale', 'greyscale', 'height',
    'rotate', 'signature', 'width'];
const OPEN = ['healthcheck', 'readiness', 'favicon.ico'];
const store = cf.kvs();

async function handler(event) {
    const request = event.request;
    const raw = request.uri.slice(1);
    if (OPEN.indexOf(raw) >= 0) {
        request.querystring = {};
        return request;
    }
    if (LINKS === 'thumbor' && !(await allowed(raw))) {
        return refused();
    }
    const address = raw + queryOf(request.querystring);
    request.headers['x-original-path'] = { value: '/' + address };
    request.querystring = {};
    request.uri = '/r/' + variant(request.headers.accept) + '/' +
        crypto.createHash('sha256').update(address).digest('hex');
    return request;
}

// Without a key in the store the function checks signatures alone: each bad one is a call of it.
async function allowed(raw) {
    const slash = raw.indexOf('/');
    const first = slash < 0 ? raw : raw.slice(0, slash);
    if (first === 'unsafe') {
        return UNSAFE === 'Yes';
    }
    let key;
    try {
        key = await store.get('key');
    } catch (error) {
        return true;
    }
    const made = crypto.createHmac('sha1', key).update(raw.slice(first.length + 1)).digest('base64');
    return same(first.replace(/(%3D|%253D)$/, '='), made.replace(/\+/g, '-').replace(/\//g, '_'));
}

// In constant time: how much of a guess was right must not be told.
function same(one, other) {
    let different = one.length ^ other.length;
    for (let i = 0; i < other.length; i++) {
        different |= one.charCodeAt(i % (one.length || 1)) ^ other.charCodeAt(i);
    }
    return different === 0;
}

// Links of versions 4 to 7 may have edits and a signature in the query; others have none.
function queryOf(query) {
    if (LINKS !== 'sih') {
        return '';
    }
    const parts = [];
    for (let i = 0; i < QUERY.length; i++) {
        const found = query[QUERY[i]];
        if (found) {
            const values = found.multiValue;
            parts.push(QUERY[i] + '=' + (values ? values[values.length - 1].value : found.value));
        }
    }
    return parts.length ? '?' + parts.join('&') : '';
}

function variant(header) {
    if (FORMATS === 'off' || !header) {
        return 'o';
    }
    const values = header.multiValue || [header];
    const ranges = rangesOf(values.map(function (each) { return each.value; }).join(','));
    if (!accepts(ranges, 'image/webp')) {
        return 'o';
    }
    return FORMATS === 'avif' && accepts(ranges, 'image/avif') ? 'a' : 'w';
}

function rangesOf(accept) {
    const ranges = {};
    const parts = accept.toLowerCase().split(',');
    for (let i = 0; i < parts.length; i++) {
        const part = parts[i].split(';').map(function (each) { return each.trim(); });
        const quality = qualityOf(part.slice(1));
        if (quality >= 0) {
            ranges[part[0]] = Math.max(quality, ranges[part[0]] || 0);
        }
    }
    return ranges;
}

// -1: the range has parameters of its own, and speaks of something narrower.
function qualityOf(parameters) {
    if (!parameters.length) {
        return 1;
    }
    const found = /^q\s*=\s*(0(\.\d{0,3})?|1(\.0{0,3})?)$/.exec(parameters[0]);
    return found ? parseFloat(found[1]) : -1;
}

function accepts(ranges, name) {
    const quality = ranges[name] === undefined ? ranges['image/*'] : ranges[name];
    return quality > 0;
}

function refused() {
    return {
        statusCode: 400,
        statusDescription: 'Bad Request',
        headers: {
            'content-type': { value: 'text/plain; charset=utf-8' },
            'cache-control': { value: 'public, max-age=60' }
        },
        body: 'the signature does not belong to this URL'
    };
}
