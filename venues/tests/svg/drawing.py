"""Drawings for tests."""

NAMESPACES = (
    'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"'
)
ROW = '<g data-section="Stalls"><g data-row="A">{}</g></g>'


def svg(body, attributes=""):
    return f"<svg {NAMESPACES} {attributes}>{body}</svg>".encode()


def circle(number="", x=0, y=0, more=""):
    said = f'data-seat="{number}"' if number else ""
    return f'<circle {said} cx="{x}" cy="{y}" r="8" {more}/>'


def row_of(*numbers, more=""):
    """Stalls, row A, with seats 20 apart."""
    return ROW.format("".join(circle(number, x=20 * place, more=more) for place, number in enumerate(numbers)))


def stadium(seats, *, sections=100, per_row=40):
    """Sections around a pitch, `seats` in all."""
    rows = seats // sections // per_row
    parts = ['<ellipse data-stage="Pitch" cx="0" cy="0" rx="500" ry="300" fill="#15803d"/>']
    for section in range(sections):
        turn = 360 / sections * section
        parts.append(f'<g data-section="{section + 1}" transform="rotate({turn:.2f}) translate(-200 1000)">')
        for row in range(rows):
            seated = "".join(
                f'<circle data-seat="{seat + 1}" data-category="Category {section % 3 + 1}" cx="{seat * 10}" '
                f'cy="{row * 10}" r="4" fill="#0072b{section % 3}"/>'
                for seat in range(per_row)
            )
            parts.append(f'<g data-row="{row + 1}">{seated}</g>')
        parts.append("</g>")
    return svg("".join(parts))
