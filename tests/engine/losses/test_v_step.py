from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.losses.v_step import CodeProblem, dissimilar_value
from tests.engine.reference import RELATIVE, case

LABELS = torch.tensor([0, 1, 0, 1])


def literal_similarity(problem: CodeProblem) -> Tensor:
    """S, rows x photos, entry by entry."""
    rows = [
        [1.0 if problem.labels[i] == other else problem.dissimilar for other in problem.labels]
        for i in problem.sampled
    ]
    return torch.tensor(rows, dtype=torch.float64)


def literal_objective(problem: CodeProblem, codes: Tensor) -> float:
    width = codes.shape[1]
    apart = width * literal_similarity(problem) - problem.outputs @ codes.T
    own = problem.outputs - codes[problem.sampled]
    return float((apart**2).sum() + problem.gamma * (own**2).sum())


def literal_pass(problem: CodeProblem, codes: Tensor) -> Tensor:
    """Set each bit of each photo to whichever value makes the whole objective smaller."""
    codes = codes.clone()
    for bit in range(codes.shape[1]):
        for photo in range(len(codes)):
            flipped = codes.clone()
            flipped[photo, bit] *= -1
            if literal_objective(problem, flipped) < literal_objective(problem, codes) - 1e-9:
                codes = flipped
    return codes


def problem_of(inputs: dict[str, Any], gamma: float, dissimilar: float) -> CodeProblem:
    outputs = torch.tensor(inputs["U (2x3)"], dtype=torch.float64)
    return CodeProblem(outputs, torch.tensor(inputs["Omega"]), LABELS, dissimilar, gamma)


@pytest.mark.parametrize(
    ("name", "gamma", "dissimilar"),
    [
        ("I1 ADSH V-step gamma=1, S in {1,0} (QueryOpt)", 1, 0),
        ("I1 ADSH V-step gamma=200, S in {1,0} (QueryOpt)", 200, 0),
        ("I1 ADSH V-step gamma=200, soft S (ADSH)", 200, -1),
    ],
)
def test_the_published_step_and_objective(name: str, gamma: float, dissimilar: float) -> None:
    inputs, expected = case(name)
    problem = problem_of(inputs, gamma, dissimilar)
    assert literal_similarity(problem).tolist() == inputs["S (2x4)"]
    start = torch.tensor(inputs["V0 (4x3)"], dtype=torch.float64)
    found = problem.improve(start)
    assert found.tolist() == expected["V1"]
    assert problem.objective(start) == pytest.approx(expected["objective before"], rel=RELATIVE)
    assert problem.objective(found) == pytest.approx(expected["objective after"], rel=RELATIVE)


def test_a_tie_keeps_the_old_code() -> None:
    inputs, expected = case("I5 V-step tie")
    start = torch.tensor(inputs["V0"], dtype=torch.float64)
    outputs = torch.zeros(2, 3, dtype=torch.float64)
    problem = CodeProblem(outputs, torch.tensor([0, 3]), LABELS, 0.0, inputs["gamma"])
    assert problem.improve(start).tolist() == expected["V1"]


@pytest.mark.parametrize(
    ("name", "labels"),
    [("I2 soft similarity", [0, 1, 0, 1]), ("I3 soft similarity, unbalanced", [0, 1, 2, 3])],
)
def test_soft_similarity(name: str, labels: list[int]) -> None:
    inputs, expected = case(name)
    classes, sampled = torch.tensor(labels), torch.tensor([0, 1])
    similar = classes[sampled, None] == classes
    assert similar.double().tolist() == inputs["S01"]
    value = dissimilar_value(classes, sampled, "balanced")
    soft = torch.where(similar, 1.0, value)
    assert torch.allclose(soft, torch.tensor(expected["S"]), rtol=RELATIVE)
    assert -value == pytest.approx(expected.get("r", 1 / 3), rel=RELATIVE)


def test_other_choices_of_the_dissimilar_value() -> None:
    assert dissimilar_value(LABELS, torch.tensor([0]), "zero") == 0
    assert dissimilar_value(LABELS, torch.tensor([0]), "minus_one") == -1
    assert dissimilar_value(torch.zeros(3, dtype=torch.int64), torch.tensor([0]), "balanced") < 0
    with pytest.raises(ValueError, match="'balanced', 'minus_one'"):
        dissimilar_value(LABELS, torch.tensor([0]), "half")  # type: ignore[arg-type]


def drawn_problem(seed: int, dissimilar: float, gamma: float) -> tuple[CodeProblem, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    outputs = torch.rand(5, 6, generator=generator, dtype=torch.float64) * 2 - 1
    labels = torch.randint(3, (9,), generator=generator)
    sampled = torch.randperm(9, generator=generator)[:5]
    start = torch.randint(2, (9, 6), generator=generator).double() * 2 - 1
    return CodeProblem(outputs, sampled, labels, dissimilar, gamma), start


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("dissimilar", "gamma"), [(0, 0), (0, 200), (-1, 1), (-0.4, 3)])
def test_equals_trying_both_values_of_every_bit(seed: int, dissimilar: float, gamma: float) -> None:
    problem, start = drawn_problem(seed, dissimilar, gamma)
    assert problem.objective(start) == pytest.approx(literal_objective(problem, start))
    assert torch.equal(problem.improve(start), literal_pass(problem, start))


@pytest.mark.parametrize("seed", range(20))
def test_no_pass_raises_the_objective(seed: int) -> None:
    problem, codes = drawn_problem(seed, -0.3, 2.0)
    values = [problem.objective(codes)]
    for _ in range(4):
        codes = problem.improve(codes)
        values.append(problem.objective(codes))
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(values))
    assert values[-1] < values[0]


def test_a_photo_without_an_output_takes_no_part() -> None:
    problem, start = drawn_problem(0, 0.0, 5.0)
    problem.outputs[2] = 0
    kept = torch.tensor([0, 1, 3, 4])
    fewer = CodeProblem(problem.outputs[kept], problem.sampled[kept], problem.labels, 0.0, 5.0)
    assert torch.equal(problem.improve(start), fewer.improve(start))
