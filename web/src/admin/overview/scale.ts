/** A number of a day. */
export interface Point {
  at: string;
  value: number;
}

/** The first of 1, 2, 5, 10, 20, 50 … that is not smaller: the top of an axis whose half or fifth can be read, too. */
export function topOf(values: readonly number[]): number {
  const most = Math.max(1, ...values);
  let power = 1;
  while (power * 10 <= most) power *= 10;
  return [1, 2, 5, 10].map((factor) => factor * power).find((top) => top >= most) ?? most;
}

/** A bar, in the units of the picture, from its left upper corner. */
export interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** One bar a point, from left to right; what is not zero can be seen. */
export function barsOf(points: readonly Point[], width: number, height: number): Bar[] {
  const top = topOf(points.map(({ value }) => value));
  const step = width / points.length;
  const gap = Math.min(2, step / 4);
  return points.map(({ value }, index) => {
    const tall = value === 0 ? 0 : Math.max(1, (value / top) * height);
    return { x: index * step + gap / 2, y: height - tall, width: step - gap, height: tall };
  });
}
