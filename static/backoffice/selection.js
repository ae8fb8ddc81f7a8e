// What every map of the back office needs to choose seats with a line drawn around them.

// Whether a point lies within a closed line, by counting how often a ray from it crosses the line.
export const isInside = ([x, y], corners) => {
  let inside = false;
  for (let at = 0, before = corners.length - 1; at < corners.length; before = at, at += 1) {
    const [ax, ay] = corners[at];
    const [bx, by] = corners[before];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
};
