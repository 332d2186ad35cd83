"""Where the lines of an HTML page go: quotations and the cells of tables lie in each other."""

from __future__ import annotations

from dataclasses import dataclass, field

# Deeper ones are read as if they were not there.
DEEPEST = 40
DEEPEST_QUOTE = 10
# A row is one line when no cell is longer; else it is lay-out, and its cells stand in turn.
_CELL_LINES = 3
_CELL_SIGNS = 200
_CELLS = ("td", "th")
_ROW_PARTS = ("tr", "tbody", "thead", "tfoot", "caption")


@dataclass(slots=True)
class _Frame:
    kind: str  # "page", "quote", "table", "cell"
    lines: list[str] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)


class Page:
    """Takes lines and the marks between which they stand."""

    def __init__(self) -> None:
        self._frames = [_Frame("page")]
        self._quotes = 0

    def line(self, line: str) -> None:
        """One more line at the place that is open."""
        self._frames[-1].lines.append(line)

    def open(self, tag: str) -> None:
        """A quotation, a table, a row or a cell begins."""
        if tag in _CELLS or tag in _ROW_PARTS:
            if self._close_to("table"):
                if tag in _CELLS:
                    self._push("cell")
                else:
                    self._end_row()
        elif tag == "table":
            self._push("table")
        elif tag == "blockquote" and self._quotes < DEEPEST_QUOTE:
            self._push("quote")

    def close(self, tag: str) -> None:
        """It ends; what lies open in it ends with it."""
        if tag in _CELLS:
            self._close_to("table")
        elif tag in _ROW_PARTS:
            if self._close_to("table"):
                self._end_row()
        elif tag == "table":
            if self._close_to("table"):
                self._pop()
        elif tag == "blockquote" and self._close_to("quote"):
            self._pop()

    def lines(self) -> list[str]:
        """All lines; what is still open ends here."""
        while len(self._frames) > 1:
            self._pop()
        return self._frames[0].lines

    def _push(self, kind: str) -> None:
        if len(self._frames) < DEEPEST:
            self._frames.append(_Frame(kind))
            self._quotes += kind == "quote"

    def _close_to(self, kind: str) -> bool:
        """Close what lies within the innermost open one of that kind; False when none is open.

        The end of a quotation around a table cannot stand in that table.
        """
        for frame in reversed(self._frames):
            if frame.kind == kind:
                break
            if kind == "quote" and frame.kind != "page":
                return False
        else:
            return False
        while self._frames[-1].kind != kind:
            self._pop()
        return True

    def _pop(self) -> None:
        frame = self._frames.pop()
        outer = self._frames[-1]
        if frame.kind == "quote":
            self._quotes -= 1
            outer.lines.extend(f"> {line}" for line in frame.lines)
        elif frame.kind == "cell":
            outer.cells.append(_stripped(frame.lines))
        else:
            if frame.cells:
                frame.lines.extend(_row(frame.cells))
            outer.lines.extend(frame.lines)

    def _end_row(self) -> None:
        frame = self._frames[-1]
        if frame.cells:
            frame.lines.extend(_row(frame.cells))
            frame.cells.clear()


def _row(cells: list[list[str]]) -> list[str]:
    filled = [cell for cell in cells if cell]
    if len(filled) <= 1:
        return filled[0] if filled else []
    short = all(len(cell) <= _CELL_LINES and sum(map(len, cell)) <= _CELL_SIGNS for cell in filled)
    if not short:
        return [line for cell in filled for line in cell]
    return ["\t".join(" ".join(line for line in cell if line) for cell in cells).strip("\t")]


def _stripped(lines: list[str]) -> list[str]:
    """Without the blank lines around them."""
    first, last = 0, len(lines)
    while first < last and not lines[first]:
        first += 1
    while last > first and not lines[last - 1]:
        last -= 1
    return lines[first:last]
