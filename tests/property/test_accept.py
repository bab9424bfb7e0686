"""Accept headers of every kind: what a client refuses it never gets, whatever else it says."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from thumborlike.http.negotiation import MEDIA_TYPES, negotiate, parse_accept
from thumborlike.settings.sections import FormatSettings

EVERYTHING = FormatSettings(
    auto_webp=True, auto_avif=True, auto_jpg=True, auto_heif=True, auto_png=True
)
TYPES = [kind for kinds in MEDIA_TYPES.values() for kind in kinds]
QUALITIES = {"": 1.0, ";q=1": 1.0, ";q=0.5": 0.5, "; Q=0.001": 0.001, ";q=0": 0.0, " ;q=0.000": 0.0}
RANGE = st.tuples(
    st.sampled_from([*TYPES, "image/*", "*/*", "text/html"]), st.sampled_from(sorted(QUALITIES))
)
NOISE = st.sampled_from(["", " ", "image", "image/webp;q=2", "image/avif;level=1", ";q=1", "/;q=x"])
PREFERENCE = st.lists(st.sampled_from(["webp", "avif", "jpg", "heif", "png"]), unique=True)


def rule(ranges, kinds, name):
    """What RFC 9110 says, and that `*/*` counts for JPEG alone."""
    for names in (kinds, ("image/*",)):
        found = [QUALITIES[quality] for kind, quality in ranges if kind in names]
        if found:
            return max(found) > 0
    rest = [QUALITIES[quality] for kind, quality in ranges if kind == "*/*"]
    return name == "jpeg" and max(rest, default=0) > 0


@given(st.lists(RANGE, max_size=8), st.lists(NOISE, max_size=4), st.randoms())
def test_the_most_specific_range_decides(ranges, noise, chance):
    parts = [*(kind + quality for kind, quality in ranges), *noise]
    chance.shuffle(parts)
    accepted = negotiate(", ".join(parts), EVERYTHING).formats
    for name, kinds in MEDIA_TYPES.items():
        assert (name in accepted) is rule(ranges, kinds, name)


@given(st.lists(RANGE, max_size=8), st.randoms(), PREFERENCE)
def test_neither_order_nor_case_nor_room_matters(ranges, chance, preference):
    formats = replace(EVERYTHING, auto_image_format_preference=tuple(preference))
    parts = [kind + quality for kind, quality in ranges]
    once = negotiate(",".join(parts), formats)
    chance.shuffle(parts)
    assert negotiate(" ,\t ".join(parts).upper(), formats) == once
    assert list(once.formats) == sorted(once.formats, key=list_of(preference).index)


def list_of(preference):
    spelled = [{"jpg": "jpeg"}.get(each, each) for each in preference]
    return spelled or list(MEDIA_TYPES)


@given(st.text(max_size=200))
def test_any_text_is_read(text):
    assert all(0 <= quality <= 1 for quality in parse_accept(text).values())
    assert set(negotiate(text, EVERYTHING).formats) <= set(MEDIA_TYPES)


@given(st.lists(RANGE, max_size=6), st.lists(RANGE, max_size=6), PREFERENCE, st.booleans())
def test_clients_share_an_entry_only_if_they_accept_the_same(one, other, preference, animated):
    formats = replace(
        EVERYTHING, auto_image_format_preference=tuple(preference), auto_animated=animated
    )
    first, second = (
        negotiate(",".join(kind + quality for kind, quality in each), formats)
        for each in (one, other)
    )
    assert (first.variant == second.variant) is (first.formats == second.formats)
    assert first.vary
    assert second.vary
