"""The command that draws where in a photo a bit comes from."""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.codes import unpack
from engine.console.invocation import Invocation
from engine.console.text import full_path
from engine.errors import InputError, describe
from engine.models.store import ModelInfo
from engine.photos import Photo
from engine.search.photo import DecodedQuery, read_query
from engine.storage import atomic_write, check_target

if TYPE_CHECKING:
    from engine.explain.bit_map import BitMap, Explanation, Kind
    from engine.explain.explainer import Explainer

LONGEST_SIDE = 1600  # of the picture written; maps are coarse, and a phone's pixels add nothing


def explain(call: Invocation) -> None:
    """Draw the map of a bit, of attention or of a match over a photo."""
    options, target = call.options, Path(call.options.out)
    _check_picture(target)
    model = call.models.get(options.model)
    _check_bit(options.bit, model)
    side = model.manifest.preprocessing.decode_side
    query = _read(call, options.photo, max(LONGEST_SIDE, side))
    other = _read(call, options.match, side) if options.match else None
    encoder = call.encoder(model)
    from engine.explain.explainer import Explainer

    explainer = Explainer(encoder)
    bits = [options.bit] if options.bit is not None else []
    explanation = explainer.explain(query.photo, bits, kind=options.kind, ctx=call.ctx)
    if options.attention:
        found = _attention_of(explanation, model)
    elif other is not None:
        found = _map_of_match(call, explainer, query, other, explanation.kinds[0])
    else:
        found = explanation.maps[0]
    call.ctx.checkpoint()
    _draw(found, query.photo, target, options.opacity, options.contours)
    call.console.result(_values(call, model, explanation, found), _lines(found, target))


def _draw(found: BitMap, photo: Photo, target: Path, opacity: float, contours: bool) -> None:
    from engine.explain.legend import LEAST_WIDTH, legend_of, map_title, with_legend
    from engine.explain.render import GREYED, overlay, render_map, to_png

    picture = photo.image
    scale = min(LONGEST_SIDE / max(picture.size), max(1, LEAST_WIDTH / picture.width))
    picture = picture.resize([max(1, round(scale * side)) for side in picture.size])
    layer = render_map(found, *picture.size, opacity=opacity, contours=contours)
    drawn = overlay(picture, layer, saturation=1.0 if contours else GREYED)
    page = with_legend(drawn, map_title(found), legend_of(found, contours=contours))
    try:
        with atomic_write(target) as file:
            file.write(to_png(page))
    except OSError as error:
        raise _refused(target, error.strerror or str(error)) from error


def _values(
    call: Invocation, model: ModelInfo, explanation: Explanation, found: BitMap
) -> dict[str, Any]:
    return {
        "query": call.options.photo,
        "model": model.id,
        "bits": model.num_bits,
        "bit": found.bit,
        "on": None if found.bit is None else found.logit > 0,
        "logit": None if math.isnan(found.logit) else found.logit,
        "kind": found.kind,
        "name": found.name,
        "kinds": list(explanation.kinds),
        "constant": found.constant,
        "constants": dict(found.constants),
        "sum": float(found.values.sum()),
        "grid": list(found.values.shape),
        "region": list(found.region),
        "picture": list(found.picture_size),
        "caption": found.caption,
        "out": str(call.options.out),
    }


def _lines(found: BitMap, target: Path) -> list[str]:
    return [*textwrap.wrap(found.caption, 88), f"Wrote {full_path(target)}"]


def _attention_of(explanation: Explanation, model: ModelInfo) -> BitMap:
    if explanation.attention is not None:
        return explanation.attention
    reason = "nothing in this model looks at the photo as a whole by attention"
    raise InputError("FS-002", name=model.id, reason=reason, advice="Ask for a bit: --bit 0.")


def _map_of_match(
    call: Invocation, explainer: Explainer, query: DecodedQuery, other: DecodedQuery, best: Kind
) -> BitMap:
    from engine.explain.match_map import match_map

    kind = best if call.options.kind == "best" else call.options.kind
    if kind != "exact":
        reason = f"maps of the kind {kind} do not add up to a match"
        raise InputError("FS-002", name="--match", reason=reason, advice="Ask for a bit: --bit 0.")
    encoder = explainer.encoder
    maps = explainer.explain(query.photo, ctx=call.ctx).maps
    found = match_map(maps, unpack(encoder.encode_query(other).code, encoder.num_bits))
    assert found is not None
    return found


def _read(call: Invocation, name: str, side: int) -> DecodedQuery:
    """Return a photo; of a damaged one what is readable, with a warning."""
    query = read_query(Path(name), min_side=side, allow_truncated=True)
    if query.photo.readable < 1:
        percent = round(100 * query.photo.readable)
        call.console.warn(describe("FS-102", name=Path(name).name, percent=percent))
    return query


def _check_bit(bit: int | None, model: ModelInfo) -> None:
    if bit is not None and bit >= model.num_bits:
        reason = f"the codes of {model.id} have the bits 0 to {model.num_bits - 1}"
        raise InputError("FS-002", name=f"bit {bit}", reason=reason, advice="Name one of these.")


def _check_picture(target: Path) -> None:
    """Refuse what could not be written before the model is loaded."""
    if target.suffix.lower() != ".png":
        raise _refused(target, "its ending is not .png", "Use a name such as bit-7.png.")
    check_target(target)


def _refused(target: Path, reason: str, advice: str = "Choose another place.") -> InputError:
    return InputError("FS-002", name=str(target), reason=reason, advice=advice)
