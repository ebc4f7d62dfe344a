import {
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from '@tanstack/virtual-core';
import { type RefObject } from 'preact';
import { useEffect, useLayoutEffect, useReducer, useState } from 'preact/hooks';

/** Rows beyond those that are seen, on either side. */
const OVERSCAN = 6;

interface Rows {
  count: number;
  /** The likely height of a row in pixels; each is measured once it is there. */
  height: number;
  scroller: RefObject<HTMLElement | null>;
  /** A row that stays though it is not seen: the one with the focus. */
  kept: number | undefined;
}

/** The rows of a long list that are to be drawn now, with their places. */
export function useVirtualRows({ count, height, scroller, kept }: Rows): Virtualizer<HTMLElement, Element> {
  const [, redraw] = useReducer((round: number) => round + 1, 0);
  const options: VirtualizerOptions<HTMLElement, Element> = {
    count,
    overscan: OVERSCAN,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(undefined),
    rangeExtractor: (range) => {
      const rows = defaultRangeExtractor(range);
      if (kept === undefined || kept >= count || rows.includes(kept)) return rows;
      return [...rows, kept].sort((a, b) => a - b);
    },
  };
  const [virtualizer] = useState(() => {
    const made = new Virtualizer(options);
    // a correction would end the browser's own smooth scrolling halfway, such as that of the End key
    made.shouldAdjustScrollPositionOnItemSizeChange = () => false;
    return made;
  });
  virtualizer.setOptions(options);
  // as the library's own bindings for frameworks do
  useLayoutEffect(() => virtualizer._willUpdate());
  useEffect(() => virtualizer._didMount(), []);
  return virtualizer;
}
