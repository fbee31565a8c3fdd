from switch.threads.columns import aligned, clean


def test_columns_line_up_below_names_that_take_two_places_a_letter() -> None:
    assert aligned([("山田", "x"), ("ab", "y"), ("e\u0301", "z")]) == [
        "山田  x",
        "ab    y",
        "e\u0301     z",
    ]


def test_nothing_stands_behind_the_last_column() -> None:
    assert aligned([("a", "long"), ("b", "")]) == ["a  long", "b"]


def test_a_text_cannot_move_the_cursor_or_turn_the_writing_round() -> None:
    assert clean("a\x1b[2J\r\n\u202e\u2028b") == "a[2Jb"


def test_a_long_text_is_cut() -> None:
    assert clean("x" * 40) == "x" * 40
    assert clean("x" * 41) == "x" * 39 + "…"
