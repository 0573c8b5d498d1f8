import { svg } from '../shared/svg.ts';

/** Small pictures, 16 by 16, drawn in lines with the colour of the text. */
const PATHS = {
  manual: 'M4 2.5h8v11l-4-3-4 3z',
  automatic: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3.3l2.2 1.4',
  tool: 'M9.2 6.8 3.4 12.6M13.2 4.4 11 6.6 9.4 5l2.2-2.2a3 3 0 0 0-3.7 4l-5 5a1 1 0 0 0 0 1.4 1 1 0 0 0 1.4 0l5-5a3 3 0 0 0 3.9-3.8z',
  recovery: 'M3 3v3.5h3.5M3.3 6.3a5.3 5.3 0 1 1-.6 3.2',
  merge: 'M5 4.5v7M5 4.5a1.5 1.5 0 1 0 0-.01zM5 14a1.2 1.2 0 1 0 0-2.4A1.2 1.2 0 0 0 5 14zM11 9.7a1.2 1.2 0 1 0 0-2.4 1.2 1.2 0 0 0 0 2.4zM9.8 8.5C7.5 8.5 5 8 5 5.5',
  collapse: 'M8 2v3.5M8 10.5V14M10.5 8a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z',
  setup: 'M8 3v10M3 8h10',
  rewind: 'M6.5 3.5 3 7l3.5 3.5M3 7h6.5a3 3 0 0 1 0 6H7',
  fork: 'M4.5 4.5v7M11.5 4.5v1A2.5 2.5 0 0 1 9 8H7a2.5 2.5 0 0 0-2.5 2.5M4.5 4.5a1 1 0 1 0 0-2 1 1 0 0 0 0 2zM11.5 4.5a1 1 0 1 0 0-2 1 1 0 0 0 0 2zM4.5 13.5a1 1 0 1 0 0-2 1 1 0 0 0 0 2z',
  pin: 'M6 2.5h4M6.7 2.5v4L4.5 9h7L9.3 6.5v-4M8 9v4.5',
  more: 'M3 8a.5.5 0 1 0 1 0 .5.5 0 0 0-1 0M7.5 8a.5.5 0 1 0 1 0 .5.5 0 0 0-1 0M12 8a.5.5 0 1 0 1 0 .5.5 0 0 0-1 0',
  chevron: 'M6 4l4 4-4 4',
  filter: 'M2.5 4h11M4.5 8h7M6.5 12h3',
  up: 'M8 13V3.5M4 7.5l4-4 4 4',
  back: 'M13 8H3.5M7.5 4l-4 4 4 4',
  check: 'M3.5 8.5 6.5 11.5 12.5 4.5',
  help: 'M6 6.2A2 2 0 1 1 8 8.3v1.2M8 12h.01M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8z',
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGSVGElement {
  const path = svg('path', { d: PATHS[name] });
  return svg('svg', { class: 'icon', width: 16, height: 16, viewBox: '0 0 16 16', 'aria-hidden': 'true' }, path);
}

/** Makes a picture another one, without a new node: rows are used again and again. */
export function setIcon(picture: SVGSVGElement, name: IconName): void {
  const path = picture.firstElementChild;
  if (path !== null && path.getAttribute('d') !== PATHS[name]) path.setAttribute('d', PATHS[name]);
}
