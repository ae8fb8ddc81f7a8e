from venues.plans.svg.mapping import Area, Mapping
from venues.plans.svg.reading import SvgCounts, SvgReading, read_drawing, read_plan_svg

__all__ = ["Area", "Mapping", "SvgCounts", "SvgReading", "read_drawing", "read_plan_svg"]
