"""A plausible football stadium for any capacity, drawn as SVG."""
