import pytest

from coalition.core.enums import Qualifier
from coalition.intake.qualifiers import qualifier_of


@pytest.mark.parametrize(
    ("text", "qualifier"),
    [
        (None, Qualifier.EXACT),
        ("exact", Qualifier.EXACT),
        ("performers, exact", Qualifier.EXACT),
        ("total of both courses", Qualifier.EXACT),
        ("sum of 18, 2 and 7", Qualifier.EXACT),
        ("about", Qualifier.ABOUT),
        ("more than", Qualifier.MORE_THAN),
        ("About or more than", Qualifier.MORE_THAN),
        ("target group", Qualifier.TARGET),
        ("planned", Qualifier.PLANNED),
        ("planned, more than", Qualifier.PLANNED),
    ],
)
def test_qualifier_of_takes_the_first_that_matches(text: str | None, qualifier: Qualifier) -> None:
    assert qualifier_of(text) is qualifier
