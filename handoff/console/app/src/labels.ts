// Which labels of a map may be read: none over another. Pure: no map, no document.

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const AIR_PX = 2;

const apart = (a: Box, b: Box): boolean =>
  a.left + a.width + AIR_PX <= b.left ||
  b.left + b.width + AIR_PX <= a.left ||
  a.top + a.height + AIR_PX <= b.top ||
  b.top + b.height + AIR_PX <= a.top;

/** For each box, the most important first, whether it is shown: not where it would touch one that is. */
export function readable(boxes: readonly Box[]): boolean[] {
  const shown: Box[] = [];
  return boxes.map((box) => {
    const free = shown.every((other) => apart(box, other));
    if (free) shown.push(box);
    return free;
  });
}
