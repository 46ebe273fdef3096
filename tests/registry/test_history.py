from caselab.registry import history
from caselab.registry.history import Event


def test_reigns_follow_promotions_and_rollbacks():
    def event(what: str, version: int) -> Event:
        return Event(what=what, version=version, key="", pipeline="", why="")

    told = [event("promoted", 1), event("lost", 2), event("promoted", 3), event("rolled back", 3)]
    assert history.reigns(told) == [1]
    assert history.reigns([*told, event("promoted", 4)]) == [1, 4]
    assert history.reigns([]) == []
