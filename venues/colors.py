# Okabe and Ito's colour-blind-safe set, in an order that keeps neighbours apart in lightness.
PALETTE = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#56b4e9", "#d55e00", "#6b7280"]
