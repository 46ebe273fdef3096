import pytest

from caselab.features.steps.sentences import split


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It rained. We left!", ["It rained.", "We left!"]),
        ("Mr. Smith met Dr. Jones in Jan. 1987. They spoke.", 2),
        ("The U.S. Senate voted. J. Baker agreed.", 2),
        ('"Is it?" She asked. "No."', 3),
        ("It cost 3.5 dollars, e.g. Twenty dimes.", 1),
        ("Really?! Yes... No", 3),
        ("a headline\n\nand a text", ["a headline", "and a text"]),
        ("no end", ["no end"]),
        ("So did I. We left.", 2),
        ("", []),
        (" . ", ["."]),
    ],
)
def test_sentences_end_where_a_reader_sees_it(text, sentences):
    found = split(text)
    assert (found if isinstance(sentences, list) else len(found)) == sentences
    assert "".join(found).replace(" ", "") == "".join(text.split())
