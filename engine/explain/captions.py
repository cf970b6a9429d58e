"""What a map means and what it does not, in words for people who know nothing of networks."""

from __future__ import annotations

from engine.explain.bit_map import Kind
from engine.wording import signed

_KINDS: dict[Kind, str] = {
    "exact": "Bit {bit} is {state} ({logit}). What the places add (above zero: towards on, "
    "below: towards off){rest} makes exactly this number. Each place has seen its surroundings "
    "too, so borders are soft; the map does not tell what the bit stands for.",
    "attention": "Where the question of bit {bit} looked: the more, the higher. It does not tell "
    "whether this spoke for the bit or against it; the bit is {state} ({logit}).",
    "gradient": "An estimate (Grad-CAM) for bit {bit}, which is {state} ({logit}): places "
    "above zero draw it towards on, below towards off. The places do not add up to the bit, and "
    "what matters may be missing.",
    "occlusion": "A test: a fifth of the places was blurred at a time, 200 times. Bit {bit} is "
    "{state} ({logit}). Above zero: with the place blurred it would be {without_on}, so the place "
    "draws it towards on. Below zero: it would be {without_off}, so the place draws it towards "
    "off. Of things that are there twice, neither may seem to matter, and a flat place looks the "
    "same when it is blurred.",
}
# What becomes of a bit without a place that drew it towards on, and without one towards off.
_BLURRED = {"on": ("less on, or off", "even more on"), "off": ("even more off", "less off, or on")}
_NOT_CAUSE = "It shows what was read, not what decided."
_VIEWS = {
    "class token": "How much the last layer took of each place for its summary of the photo. "
    + _NOT_CAUSE,
    "rollout": "How much of each place may have reached the summary of the photo, followed "
    "through all layers. " + _NOT_CAUSE,
    "last layer": "How much the last layer took of each place, on average over all places. "
    + _NOT_CAUSE,
    "fusion": "How much of each patch went into the code, from early and final features "
    "together. It shows how much was mixed in, not for or against which bit.",
    "fusion final": "How much of each patch's final features the early stream took. " + _NOT_CAUSE,
    "fusion early": "How much of each patch's early features the final stream took. " + _NOT_CAUSE,
    "proxies": "How much the neighbourhoods of the photo listened to each other's. " + _NOT_CAUSE,
    "queries": "Where the questions of all bits looked, on average. " + _NOT_CAUSE,
    "score": "How much the model let each place of the details count, for all bits alike. It does "
    "not tell for or against which bit.",
    "removed": "How much of each place's details was taken out because the whole dish tells it "
    "already. It does not mean that the place is unimportant.",
    "kept": "How much of each place's details was left after what the whole dish tells was taken "
    "out. It does not tell for or against which bit.",
    "windows": "How much each part of the dish as a whole counts. It does not tell for or against "
    "which bit.",
}

_PARTS = {
    "final": "the final features",
    "early": "the early features",
    "fine": "the fine features",
    "coarse": "the coarse features",
    "local": "the details",
    "windows": "the larger parts of the photo",
    "conv3": "the fine features",
    "conv4": "the middle features",
    "conv5": "the coarse features",
}
_ENDS = {
    "score": ("counts least", "counts most"),
    "removed": ("least taken out", "most taken out"),
    "kept": ("least kept", "most kept"),
    "windows": ("counts least", "counts most"),
    "fusion": ("least went in", "most went in"),
}


def describe_bit_map(kind: Kind, bit: int, logit: float, constant: float) -> str:
    """Return the caption of a bit's map."""
    state = "on" if logit > 0 else "off"
    without_on, without_off = _BLURRED[state]
    return _KINDS[kind].format(
        bit=bit,
        state=state,
        logit=signed(logit),
        rest=_rest(constant),
        without_on=without_on,
        without_off=without_off,
    )


def describe_part(kind: Kind, name: str, bit: int, logit: float) -> str:
    """Return the caption of one of the maps that add up to a bit's map."""
    state, which = "on" if logit > 0 else "off", _PARTS[name]
    if kind == "attention":
        told = f"Where the question of bit {bit} looked in {which} alone."
    else:
        told = f"What {which} alone add to bit {bit}, which is {state} ({signed(logit)})."
    return f"{told} All parts together are the map of the bit."


def describe_match_map(logit: float, constant: float) -> str:
    """Return the caption of what speaks for a match."""
    return (
        f"All bits together: what the places add{_rest(constant)} makes {signed(logit)}. "
        "Above zero a place speaks for the likeness of the two photos, below against it. Each "
        "place has seen its surroundings too; the map does not tell what is alike."
    )


def view_ends(name: str) -> tuple[str, str]:
    """Return what the lowest and the highest values of a map that belongs to no bit mean."""
    return _ENDS.get(name, ("looked at least", "looked at most"))


def describe_view(name: str) -> str:
    """Return the caption of a map that belongs to no single bit."""
    return _VIEWS[name]


def _rest(constant: float) -> str:
    return f", together with {signed(constant)} that has no place," if constant else ""
