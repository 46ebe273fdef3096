import pytest

from caselab.arguments import by_name


def difference(b, a):
    return a - b


def test_a_function_gets_what_it_names_whatever_else_is_offered():
    called = by_name(difference, "a", "b", "c")
    assert called(5, 3, "nothing") == 2
    assert called(5, b=3) == 2


def test_what_is_not_given_has_its_default():
    called = by_name(lambda a, weights=7: a + weights, "a", "b", "weights")
    assert called(1, 2) == 8
    assert called(1, 2, 3) == 4


def test_what_is_known_need_not_be_given():
    assert by_name(difference, "b", a=10)(1) == 9


def test_it_can_be_bound_again():
    once = by_name(difference, "a", "b", "c")
    assert by_name(once, "b", "a")(1, 3) == 2


def test_what_is_not_offered_cannot_be_asked_for():
    with pytest.raises(TypeError, match="difference asks for b, and is offered a, c"):
        by_name(difference, "a", "c")


def test_a_misspelt_argument_is_told():
    with pytest.raises(TypeError, match="wieght is not among a, b"):
        by_name(difference, "a", "b")(1, 2, wieght=3)


def test_an_argument_too_many_is_told():
    with pytest.raises(ValueError, match="zip"):
        by_name(difference, "a", "b")(1, 2, 3)
