"""A value that nobody may see, put into every place that a request has: it stays here, and the client gets it back.

What the provider read, what the gateway wrote anywhere (log, data folder, metrics) and what it exported is searched for the
value as it is and behind the usual encodings.
"""

import pytest

from harness.canaries.cells import CELLS
from harness.canaries.values import MASKED
from harness.canaries.watched import Watched


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    watched = Watched(tmp_path_factory.mktemp("canaries"))
    yield watched
    watched.end()


def test_every_cell_has_a_name_of_its_own():
    assert len({cell.identity for cell in CELLS}) == len(CELLS)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.identity)
def test_a_value_stays_here_and_comes_back(watched, cell):
    seen = watched.run(cell)
    request = seen.request
    assert not seen.leaks, f"in {seen.leaks}: {seen}"
    assert seen.code == request.refused, seen
    assert request.refused or seen.answer.status_code == 200, seen
    assert seen.asked == request.asked, f"the provider was {'' if seen.asked else 'not '}asked: {seen}"
    if request.echoed and not request.refused:
        told = seen.told()
        assert told, f"the answer says nothing: {seen}"
        back = not request.left_out and cell.kind not in MASKED
        assert all((str(seen.value) in text) == back for text in told), f"not what was sent: {seen}"


def test_no_value_is_in_the_traces_or_anywhere_once_the_gateway_has_ended(watched):
    if not watched.values:
        pytest.skip("no value was sent")
    assert not (left := watched.left()), left
    assert watched.collector.spans
