export type PreviewKind = 'image' | 'video' | 'audio' | 'text' | 'pdf';

const kinds: [pattern: RegExp, kind: PreviewKind][] = [
  // Not SVG, which is a document with scripts.
  [/^image\/(png|jpeg|gif|webp|avif)$/, 'image'],
  [/^video\//, 'video'],
  [/^audio\//, 'audio'],
  // As text, whatever a browser would make of it.
  [/^(text\/.+|application\/(json|xml|yaml|toml|sql|javascript|x-sh)|image\/svg\+xml)$/, 'text'],
  [/^application\/pdf$/, 'pdf'],
];

/** How a file can be looked at without anything of it being run; undefined where it cannot. */
export function previewKind(contentType: string): PreviewKind | undefined {
  return kinds.find(([pattern]) => pattern.test(contentType))?.[1];
}
