from specflow.counting import counted


def test_a_number_stands_with_its_noun_as_sentences_have_it() -> None:
    assert [counted(number, "spec") for number in (0, 1, 2)] == ["0 specs", "1 spec", "2 specs"]
    assert [counted(number, "entry", "entries") for number in (1, 3)] == ["1 entry", "3 entries"]
