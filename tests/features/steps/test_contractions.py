import pytest

from caselab.features.steps.contractions import expand


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("they won't, I'm sure", "they will not, I am sure"),
        ("Can't you? It's late", "Can not you? It is late"),
        (
            "we've said they'd go, you'll see they're",
            "we have said they would go, you will see they are",
        ),
        ("let's see what's John's", "let us see what is John's"),
        ("rock 'n' roll isn't", "rock 'n' roll is not"),
        ("nothing here", "nothing here"),
    ],
)
def test_contractions_are_written_out_and_genitives_left(text, full):
    assert expand(text) == full
