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
from engine.photos import load_photo
from engine.search.photo import DecodedQuery, read_query
from engine.storage import atomic_write, check_target

if TYPE_CHECKING:
    from argparse import Namespace

    from PIL import Image

    from engine.explain.bit_map import BitMap, Explanation, Kind
    from engine.explain.explainer import Explainer
    from engine.explain.photo_reading import PhotoReading

LONGEST_SIDE = 1600  # of the picture written; maps are coarse, and a phone's pixels add nothing


def explain(call: Invocation) -> None:
    """Draw the map of a bit, of attention or of a match over a photo."""
    options, target = call.options, Path(call.options.out)
    _check_picture(target)
    model = call.models.get(options.model)
    _check_bit(options.bit, model)
    side = model.manifest.preprocessing.decode_side
    query = _read(call, options.photo, side)  # as a search reads it: the bits are the same
    other = _read(call, options.match, side) if options.match else None
    encoder = call.encoder(model)
    from engine.explain.explainer import Explainer
    from engine.explain.legend import map_source, map_title

    explainer = Explainer(encoder)
    bits = [options.bit] if options.bit is not None else []
    reading = explainer.read(query.photo)
    explanation = explainer.explain(reading, bits, kind=options.kind, ctx=call.ctx)
    if options.attention:
        found = _attention_of(explanation, model)
    elif other is not None:
        found = _map_of_match(call, explainer, reading, other, explanation.kinds[0])
    else:
        found = explanation.maps[0]
    call.ctx.checkpoint()
    picture = load_photo(Path(options.photo), min_side=LONGEST_SIDE, allow_truncated=True).image
    titles = map_title(found, _name_of(found, model)), map_source(found, model.id)
    _draw(found, picture, target, titles, options)
    call.console.result(
        _values(call, model, explanation, found), _lines(found, _name_of(found, model), target)
    )


def _draw(
    found: BitMap, picture: Image.Image, target: Path, titles: tuple[str, str], options: Namespace
) -> None:
    from engine.explain.legend import LEAST_WIDTH, legend_of, with_legend
    from engine.explain.render import GREYED, dim_unseen, overlay, render_map, to_png

    contours = options.contours
    scale = min(LONGEST_SIDE / max(picture.size), max(1, LEAST_WIDTH / picture.width))
    picture = picture.resize([max(1, round(scale * side)) for side in picture.size])
    layer = render_map(found, *picture.size, opacity=options.opacity, contours=contours)
    drawn = overlay(picture, layer, saturation=1.0 if contours else GREYED)
    drawn = dim_unseen(drawn, found)
    page = with_legend(drawn, *titles, legend_of(found, contours=contours))
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
        "name": found.name or _name_of(found, model) or "",
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


def _lines(found: BitMap, name: str | None, target: Path) -> list[str]:
    told = [f"Its name: {name}."] if name else []
    told += textwrap.wrap(found.caption, 88)
    if found.bit is not None and found.kind != "occlusion":
        told.append("What the bit depends on is mostly told better by --kind occlusion (slower).")
    return [*told, f"Wrote {full_path(target)}"]


def _name_of(found: BitMap, model: ModelInfo) -> str | None:
    names = model.manifest.bit_names
    return names[found.bit] if found.bit is not None and found.bit < len(names) else None


def _attention_of(explanation: Explanation, model: ModelInfo) -> BitMap:
    if explanation.attention is not None:
        return explanation.attention
    reason = "nothing in this model looks at the photo as a whole by attention"
    raise InputError("FS-002", name=model.id, reason=reason, advice="Ask for a bit: --bit 0.")


def _map_of_match(
    call: Invocation, explainer: Explainer, query: PhotoReading, other: DecodedQuery, best: Kind
) -> BitMap:
    from engine.explain.match_map import match_map

    encoder = explainer.encoder
    if best != "exact":
        reason = "the maps of this model do not add up to a match"
        advice = f"Ask for a bit, such as --bit 7, or use --model {call.models.bundled_id}."
        raise InputError("FS-002", name="--match", reason=reason, advice=advice)
    if call.options.kind not in ("best", best):
        reason = f"maps of the kind {call.options.kind} do not add up to a match"
        raise InputError("FS-002", name="--match", reason=reason, advice="Leave --kind out.")
    maps = explainer.explain(query, ctx=call.ctx).maps
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
