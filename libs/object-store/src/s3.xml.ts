/** What stands in the first element of this name; undefined where there is none. Answers of S3 servers have no attributes but at their root. */
export function elementOf(xml: string, name: string): string | undefined {
  return elementsOf(xml, name)[0];
}

/** The same of all such elements, in their order. */
export function elementsOf(xml: string, name: string): string[] {
  const [, ...behind] = xml.split(`<${name}>`);
  return behind.map((text) => text.split(`</${name}>`, 1)[0] ?? '');
}
