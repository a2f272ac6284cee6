import { silence } from '../media.ts';

/** A file of a type, and whether a browser may show it in the page's place. */
export interface TypeRow {
  name: string;
  declared: string;
  bytes: Buffer;
  /** The type that the record has in the end: sniffed, else the declared one. */
  type: string;
  isShown: boolean;
}

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const jpeg = Buffer.from([
  0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xff, 0xd9,
]);
const webp = Buffer.from('UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA', 'base64');
const pdf = Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n');
const mp4 = Buffer.concat([
  Buffer.from([0, 0, 0, 24]),
  Buffer.from('ftypisom'),
  Buffer.from([0, 0, 2, 0]),
  Buffer.from('isommp42'),
  Buffer.alloc(64),
]);
const script = '<script>alert(document.domain)</script>';

export const typeRows: TypeRow[] = [
  { name: 'a.png', declared: 'image/png', bytes: png, type: 'image/png', isShown: true },
  { name: 'a.jpg', declared: 'image/jpeg', bytes: jpeg, type: 'image/jpeg', isShown: true },
  { name: 'a.gif', declared: 'image/gif', bytes: gif, type: 'image/gif', isShown: true },
  { name: 'a.webp', declared: 'image/webp', bytes: webp, type: 'image/webp', isShown: true },
  { name: 'a.pdf', declared: 'application/pdf', bytes: pdf, type: 'application/pdf', isShown: true },
  { name: 'a.txt', declared: 'text/plain', bytes: Buffer.from('plain'), type: 'text/plain', isShown: true },
  { name: 'a.wav', declared: 'audio/wav', bytes: silence(1), type: 'audio/wav', isShown: true },
  { name: 'a.mp4', declared: 'video/mp4', bytes: mp4, type: 'video/mp4', isShown: true },
  {
    name: 'a png that calls itself html.html',
    declared: 'text/html',
    bytes: png,
    type: 'image/png',
    isShown: true,
  },
  { name: 'a.html', declared: 'text/html', bytes: Buffer.from(script), type: 'text/html', isShown: false },
  {
    name: 'a.svg',
    declared: 'image/svg+xml',
    bytes: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`),
    type: 'image/svg+xml',
    isShown: false,
  },
  { name: 'b.xml', declared: 'text/xml', bytes: Buffer.from('<a/>'), type: 'text/xml', isShown: false },
  {
    name: 'c.xhtml',
    declared: 'application/xhtml+xml',
    bytes: Buffer.from(`<html xmlns="http://www.w3.org/1999/xhtml">${script}</html>`),
    type: 'application/xhtml+xml',
    isShown: false,
  },
  {
    name: 'a.js',
    declared: 'text/javascript',
    bytes: Buffer.from('alert(1)'),
    type: 'text/javascript',
    isShown: false,
  },
  {
    name: 'b.js',
    declared: 'application/javascript',
    bytes: Buffer.from('alert(1)'),
    type: 'application/javascript',
    isShown: false,
  },
  { name: 'a.css', declared: 'text/css', bytes: Buffer.from('a{}'), type: 'text/css', isShown: false },
  {
    name: 'a.bin',
    declared: 'application/octet-stream',
    bytes: Buffer.from([1, 2, 3]),
    type: 'application/octet-stream',
    isShown: false,
  },
];
