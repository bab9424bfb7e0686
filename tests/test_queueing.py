from hypothesis import given
from hypothesis import strategies as st

from thumborlike.queueing import TURNS_OF_THE_OLDEST, Cost, FairQueue

COSTS = st.builds(Cost, st.floats(0, 100), st.integers(0, 100), st.integers(0, 100))
STEPS = st.lists(st.one_of(COSTS, st.just("take"), st.integers(0, 10)), max_size=80)


def always(cost):
    return True


@given(steps=STEPS)
def test_nothing_is_lost_and_nothing_comes_twice(steps):
    queue, inside = FairQueue(), {}
    for number, step in enumerate(steps):
        if isinstance(step, Cost):
            item = (number,)
            queue.put(item, step)
            inside[item] = step
        elif step == "take":
            taken = queue.take(always)
            assert bool(taken) is bool(inside)
            if taken:
                assert inside.pop(taken[0]) == taken[1]
        elif inside:
            item = sorted(inside)[step % len(inside)]
            queue.remove(item)
            del inside[item]
        assert len(queue) == len(inside)
        assert queue.bytes == sum(cost.waiting for cost in inside.values())


@given(ahead=st.lists(st.floats(0.001, 100), max_size=20), later=st.floats(0.001, 0.01))
def test_nobody_waits_for_more_than_a_few_turns_of_those_ahead(ahead, later):
    """However many small ones come: each fourth turn is the oldest's."""
    queue = FairQueue()
    items = [(f"ahead {number}",) for number in range(len(ahead))]
    for item, seconds in zip(items, ahead, strict=True):
        queue.put(item, Cost(seconds))
    mine = ("mine",)
    queue.put(mine, Cost(1000))
    turns = 0
    while True:
        queue.put((f"later {turns}",), Cost(later))
        turns += 1
        if queue.take(always)[0] is mine:
            break
    assert turns <= TURNS_OF_THE_OLDEST * (len(ahead) + 1)


def test_equal_costs_are_first_come_first_served():
    queue = FairQueue()
    items = [(number,) for number in range(20)]
    for number, item in enumerate(items):
        queue.put(item, Cost(1.0 + number % 3 / 10))
    assert [queue.take(always)[0] for _ in items] == items


def test_what_does_not_fit_is_passed_over_for_a_while_only():
    queue = FairQueue()
    large = ("large",)
    queue.put(large, Cost(1, memory=100))
    taken = 0
    while True:
        queue.put((taken,), Cost(0.001, memory=1))
        if queue.take(lambda cost: cost.memory < 50) is None:
            break
        taken += 1
    assert taken == 2 * TURNS_OF_THE_OLDEST - 1
    assert queue.take(always)[0] is large
