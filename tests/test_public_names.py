"""The public names: all there, loaded when they are used."""

import tagih


def test_every_public_name_can_be_had():
    assert [name for name in tagih.__all__ if getattr(tagih, name, None) is None] == []


def test_a_name_that_is_not_public_says_so():
    assert not hasattr(tagih, "repay")


def test_tab_completion_shows_the_public_names():
    assert dir(tagih) == sorted(tagih.__all__)
