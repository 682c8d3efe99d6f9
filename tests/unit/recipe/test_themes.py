"""Themes: how their organisations are named, and which of their categories are places."""

from shellwright.recipe.themes import THEMES

BY_KEY = {theme.key: theme for theme in THEMES}


def test_an_organisation_is_named_with_its_article() -> None:
    assert BY_KEY["museum"].named == "the Museum of Navigation"
    assert BY_KEY["brewery"].named == "Tidewater Brewing"


def test_only_categories_that_are_places_can_be_gone_to() -> None:
    freight, observatory = BY_KEY["freight"], BY_KEY["observatory"]
    assert freight.has_places(freight.categories)
    assert not freight.has_places([*freight.categories, "billing"])
    assert not observatory.has_places(observatory.categories)
