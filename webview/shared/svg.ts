/** Pictures without a framework; see dom.ts. */

const NAMESPACE = 'http://www.w3.org/2000/svg';

/** An element of a picture. Style goes by classes and presentation attributes: the page's policy forbids `style`. */
export function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Readonly<Record<string, string | number>> = {}, ...children: (Node | string)[]): SVGElementTagNameMap[K] {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}
