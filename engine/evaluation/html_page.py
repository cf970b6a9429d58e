"""The parts of a page that needs nothing else: its style, figures and tables. No script."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

STYLE = """
:root{color-scheme:light dark;--ink:#1d2126;--soft:#59616c;--line:#ccd2d9;--grid:#e4e7eb;
--paper:#fff;--card:#f7f8fa;--a:#1c6fb5;--b:#d9590b}
@media (prefers-color-scheme:dark){:root{--ink:#e9ebee;--soft:#a7afba;--line:#454c57;
--grid:#2c323a;--paper:#14171b;--card:#1b1f25;--a:#5aa9ef;--b:#ff9448}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:1060px;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:.3rem 0}
h2{font-size:1.2rem;margin:2.2rem 0 .6rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:0 0 .3rem}
p{margin:.4rem 0;max-width:46rem}
.soft,.note,figcaption{color:var(--soft)}
.note{font-size:.88rem}
.grid-of-figures{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));
align-items:start;margin-bottom:1rem}
figure{margin:0;padding:.8rem;background:var(--card);border:1px solid var(--line);
border-radius:8px;min-width:0}
svg{display:block;width:100%;max-width:440px;height:auto;margin:.4rem auto}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
fill:var(--ink)}
svg .caption{fill:var(--soft)}
line.grid{stroke:var(--grid);stroke-width:1}
line.axis{stroke:var(--soft);stroke-width:1}
line.mark{stroke:var(--ink);stroke-width:1;stroke-dasharray:5 4}
.line{fill:none;stroke-width:2;stroke-linejoin:round}
.line.a,.stairs.a{stroke:var(--a)}
.line.b,.stairs.b{stroke:var(--b);stroke-dasharray:6 3}
.stairs{stroke-width:1.5;fill-opacity:.18}
.fill.a,.dot.a,.stairs.a{fill:var(--a)}
.fill.b,.dot.b,.stairs.b{fill:var(--b)}
.dot{stroke:var(--card);stroke-width:1}
.outline{fill:none;stroke:var(--soft);stroke-width:.7}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.9rem;margin:.4rem 0;font-variant-numeric:tabular-nums}
th,td{padding:.22rem .7rem .22rem 0;text-align:right;border-bottom:1px solid var(--line);
unicode-bidi:isolate;vertical-align:top;overflow-wrap:normal}
td{white-space:nowrap}
td:first-child,.words td{white-space:normal;overflow-wrap:break-word}
th{font-weight:600;color:var(--soft)}
th:first-child,td:first-child,.words td,.words th{text-align:left}
details{margin-top:.4rem;font-size:.9rem}
summary{cursor:pointer;color:var(--a)}
.strip{display:flex;flex-wrap:wrap;gap:6px;margin:.3rem 0}
.photo{width:94px;font-size:.78rem;line-height:1.25}
.photo img,.photo span{display:flex;width:94px;height:94px;padding:2px;object-fit:cover;
border:1px solid var(--line);border-radius:6px;overflow:hidden;color:var(--soft)}
.photo.asked img{border:2px solid var(--soft)}
.photo.right img{border:3px solid var(--a)}
.photo.wrong img{border:3px dashed var(--b)}
.photo p{margin:0;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
svg .named{font-weight:600;paint-order:stroke;stroke:var(--card);stroke-width:3px}
@media (max-width:480px){body{padding:.6rem}figure{padding:.6rem .5rem}}
@media print{body{max-width:none}figure{break-inside:avoid}}
"""


def page(title: str, body: Sequence[str]) -> str:
    """Return a whole document."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def heading(level: int, text: str) -> str:
    """Return a heading; any text is safe."""
    return f"<h{level}>{escape(text)}</h{level}>"


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph; any text is safe."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "") -> str:
    """Return a table, numbers to the right; any text is safe.

    Args:
        header: Captions; all empty for none.
        rows: Texts; the first of a row is its name.
        kind: "words" if the cells are no numbers.
    """
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows
    )
    head = f"<thead><tr>{head}</tr></thead>\n" if any(header) else ""
    return f'<div class="scroll"><table class="{kind}">{head}<tbody>\n{body}</tbody></table></div>'


def figure(title: str, plot: str, note: str, numbers: str, unfold: str = "The numbers") -> str:
    """Return a plot with its title, how to read it, and its numbers, which unfold."""
    return (
        f"<figure>\n{heading(3, title)}\n{paragraph(note, 'note')}\n{plot}\n"
        f"<details><summary>{escape(unfold)}</summary>\n{numbers}</details>\n</figure>"
    )


def card(title: str, content: str) -> str:
    """Return content, as HTML, in the frame of a figure."""
    return f"<figure>\n{heading(3, title)}\n{content}\n</figure>"


def grid(figures: Sequence[str]) -> str:
    """Return figures side by side where the page is wide enough."""
    return '<div class="grid-of-figures">\n' + "\n".join(figures) + "\n</div>"
