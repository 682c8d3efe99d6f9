"""The measure of growth tells work in proportion from work that is not."""

from tests.support.growth import stays_in_proportion


def test_work_in_proportion_and_work_that_grows_as_the_square() -> None:
    def straight(size: int) -> int:
        return sum(number * number for number in range(size * 2000))

    def square(size: int) -> int:
        return sum(number * number for number in range(size * size))

    assert stays_in_proportion(straight, 8000)
    assert not stays_in_proportion(square, 4000)
