from __future__ import annotations

import pytest

from foodsearch_gui.core.training_choices import Source, TrainingChoices


@pytest.mark.parametrize(
    ("choices", "name"),
    [
        (TrainingChoices(folder="/photos/Our meals"), "Our meals-64"),
        (TrainingChoices(folder="/photos/2024.05 dinners"), "2024.05 dinners-64"),
        (TrainingChoices(Source.NONE, folder="/photos/v1.2", num_bits=32), "v1.2-32"),
        (TrainingChoices(Source.TABLE, table="/photos/soups.csv"), "soups-64"),
        (TrainingChoices(Source.JUDGEMENTS, folder="/photos/soups"), "my-meals-64"),
        (TrainingChoices(), "my-meals-64"),
    ],
)
def test_the_name_says_where_the_photos_are_from(choices: TrainingChoices, name: str) -> None:
    assert choices.proposed_name() == name
