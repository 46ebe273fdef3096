"""Slots lend what they have, and have all of it again when all is given back."""

from caselab.params.running import Slots, StageNeeds
from flows.slots import Lending


def test_what_was_given_back_can_be_lent_again_whole():
    whole = StageNeeds(memory=4.0)
    parts = [StageNeeds(memory=0.7), StageNeeds(memory=0.1)]
    lending = Lending(Slots(cores=2, memory=4.0))
    assert all(map(lending.take, parts))
    assert not lending.take(whole)
    for part in parts:
        lending.give_back(part)
    assert lending.memory != 4.0  # but nearly
    assert lending.take(whole)
