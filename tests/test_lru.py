from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from thumborlike.lru import LARGEST_SHARE, Lru


def test_the_least_recently_used_goes_first():
    lru = Lru(10)
    for key in "abcde":
        lru.put(key, key.upper(), 2)
    assert lru.get("a") == "A"
    lru.put("f", "F", 2)
    assert (lru.get("a"), lru.get("b"), lru.get("f")) == ("A", None, "F")
    assert (len(lru), lru.bytes) == (5, 10)


def test_what_would_push_out_too_much_is_not_kept_and_replaces_nothing_stale():
    lru = Lru(8)
    lru.put("a", "old", 2)
    lru.put("a", "new", 8 // LARGEST_SHARE + 1)
    assert lru.get("a") is None
    assert lru.bytes == 0


def test_nothing_is_kept_where_nothing_may_be():
    lru = Lru(0)
    lru.put("a", "A", 0)
    assert (lru.get("a"), len(lru)) == (None, 0)


class Model:
    """The same, written the slow way."""

    def __init__(self, most):
        self.most, self.entries = most, OrderedDict()

    def put(self, key, size):
        self.entries.pop(key, None)
        if 0 < size <= self.most // LARGEST_SHARE:
            self.entries[key] = size
        while sum(self.entries.values()) > self.most:
            self.entries.popitem(last=False)

    def get(self, key):
        if key in self.entries:
            self.entries.move_to_end(key)
        return self.entries.get(key)


STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "get", "drop"]), st.integers(0, 7), st.integers(0, 12))
)


@given(most=st.integers(0, 40), steps=STEPS)
def test_it_behaves_as_a_list_of_uses_would(most, steps):
    lru, model = Lru(most), Model(most)
    for step, key, size in steps:
        if step == "put":
            lru.put(key, size, size)
            model.put(key, size)
        elif step == "get":
            assert lru.get(key) == model.get(key)
        else:
            lru.drop(key)
            model.entries.pop(key, None)
        assert lru.bytes == sum(model.entries.values()) <= most
        assert len(lru) == len(model.entries)
