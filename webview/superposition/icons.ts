import { svg } from '../shared/svg.ts';

/** Small pictures on buttons, 16 by 16, drawn with the colour of the text. */
const PATHS = {
  changes: 'M3 3h4v10H3zM9 3h4v10H9zM5 6v4M11 8h0',
  observe: 'M6 2v5L3 13a.7.7 0 0 0 .6 1h8.8a.7.7 0 0 0 .6-1L10 7V2M5 2h6M4.7 10h6.6',
  collapse: 'M8 2v3.5M8 10.5V14M10.5 8a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z',
  race: 'M4 3l8 5-8 5z',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  unfolded: 'M4 6l4 4 4-4',
  folded: 'M6 4l4 4-4 4',
  details: 'M2.5 3h11v10h-11zM9.5 3v10M11 6h1M11 8h1',
  foldAll: 'M5 5h8v8H5zM3 11V3h8M7 9h4',
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGSVGElement {
  return svg('svg', { class: `icon icon-${name}`, width: 16, height: 16, viewBox: '0 0 16 16', 'aria-hidden': 'true' }, svg('path', { d: PATHS[name] }));
}
