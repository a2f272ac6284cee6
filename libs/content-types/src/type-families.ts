/** Formats that are another format inside, which is what their first bytes show. */
const children: Record<string, { types: readonly string[]; pattern?: RegExp }> = {
  'application/xml': {
    types: [
      'text/xml',
      'text/html',
      'text/xsl',
      'application/xml-dtd',
      'application/x-plist',
      'application/x-fictionbook',
    ],
    pattern: /\+xml$/,
  },
  'application/zip': {
    types: [
      'application/java-archive',
      'application/vnd.android.package-archive',
      'application/vnd.google-earth.kmz',
      'application/vnd.ms-xpsdocument',
      'application/vnd.ms-visio.drawing',
      'application/vnd.apple.keynote',
      'application/vnd.apple.numbers',
      'application/vnd.apple.pages',
      'application/oxps',
      'application/appx',
      'application/appxbundle',
      'application/msix',
      'application/msixbundle',
      'application/x-cbr',
      'application/x-cbz',
      'application/x-ios-app',
      'application/x-itunes-ipa',
      'application/x-silverlight-app',
      'application/x-xpinstall',
      'application/x-krita',
      'image/openraster',
      'model/3mf',
      'model/vnd.usdz',
    ],
    pattern:
      /\+zip$|^application\/vnd\.(?:openxmlformats-officedocument|oasis\.opendocument|sun\.xml)\.|^application\/vnd\.ms-[\w.-]+\.macroenabled\.12$/,
  },
  'application/java-archive': { types: ['application/vnd.android.package-archive'] },
  'application/x-cfb': {
    types: [
      'application/msword',
      'application/vnd.ms-excel',
      'application/vnd.ms-powerpoint',
      'application/vnd.ms-outlook',
      'application/vnd.ms-project',
      'application/vnd.ms-publisher',
      'application/vnd.ms-works',
      'application/vnd.visio',
      'application/x-hwp',
      'application/x-msi',
      'application/x-mspublisher',
    ],
  },
  'application/pdf': { types: ['application/illustrator', 'application/vnd.adobe.illustrator'] },
  'application/gzip': { types: ['application/x-compressed-tar', 'application/x-tgz'], pattern: /\+gzip$/ },
  'application/zstd': { types: [], pattern: /\+zstd$/ },
  'application/x-sqlite3': { types: [], pattern: /\+sqlite3$/ },
  'application/x-rar-compressed': {
    types: ['application/x-cbr', 'application/vnd.comicbook-rar'],
    pattern: /\+rar$/,
  },
  'application/x-7z-compressed': { types: ['application/x-cb7'] },
  'application/ogg': { types: ['audio/ogg', 'video/ogg'] },
  'application/vnd.ms-asf': {
    types: ['audio/x-ms-asf', 'video/x-ms-asf', 'audio/x-ms-wma', 'video/x-ms-wmv', 'video/x-ms-wm'],
  },
  'audio/x-ms-asf': { types: ['audio/x-ms-wma'] },
  'video/x-ms-asf': { types: ['video/x-ms-wmv', 'video/x-ms-wm'] },
  'video/matroska': { types: ['audio/matroska', 'audio/x-matroska', 'video/matroska-3d'] },
  'video/webm': { types: ['audio/webm'] },
  'video/mp4': {
    types: ['audio/mp4', 'audio/x-m4a', 'application/mp4', 'video/x-m4v', 'video/3gpp', 'audio/3gpp'],
  },
  'video/3gpp': { types: ['audio/3gpp'] },
  'video/3gpp2': { types: ['audio/3gpp2'] },
  'audio/x-m4a': { types: ['audio/mp4'] },
  'image/heif': { types: ['image/avif', 'image/heic'] },
  'image/heif-sequence': { types: ['image/avif', 'image/avif-sequence', 'image/heic-sequence'] },
  'image/tiff': {
    types: ['image/x-adobe-dng', 'image/x-canon-cr2', 'image/x-nikon-nef', 'image/x-pentax-pef', 'image/x-sony-arw'],
    pattern: /^image\/(?:tiff-fx|geotiff)$/,
  },
};

/** Whether files of `type` are files of `container` as well. */
export function isWithin(type: string, container: string): boolean {
  const family = children[container];
  return family !== undefined && (family.types.includes(type) || family.pattern?.test(type) === true);
}

/** What every file of a type, and of those within it, has at its beginning. Types whose files may begin in more ways are not here. */
const signatures: [type: string, isThere: (head: Buffer) => boolean][] = [
  ['image/png', (head) => head.toString('latin1', 0, 4) === '\x89PNG'],
  ['image/apng', (head) => head.toString('latin1', 0, 4) === '\x89PNG'],
  ['image/jpeg', (head) => head.toString('latin1', 0, 2) === '\xff\xd8'],
  ['image/gif', (head) => head.toString('latin1', 0, 4) === 'GIF8'],
  ['image/webp', (head) => head.toString('latin1', 8, 12) === 'WEBP'],
  ['image/heif', (head) => head.toString('latin1', 4, 8) === 'ftyp'],
  ['application/gzip', (head) => head.toString('latin1', 0, 2) === '\x1f\x8b'],
  ['application/x-7z-compressed', (head) => head.toString('latin1', 0, 2) === '7z'],
  ['application/x-cfb', (head) => head.toString('latin1', 0, 4) === '\xd0\xcf\x11\xe0'],
  // Readers look for it in the first 1,024 bytes (ISO 32000-1, annex H), and in the first part of archives that extract themselves.
  ['application/pdf', (head) => head.subarray(0, 1024).includes('%PDF-')],
  ['application/zip', (head) => head.includes('PK\x03\x04') || head.includes('PK\x05\x06')],
  ['video/matroska', (head) => head.toString('latin1', 0, 4) === '\x1a\x45\xdf\xa3'],
  ['video/webm', (head) => head.toString('latin1', 0, 4) === '\x1a\x45\xdf\xa3'],
];

/** Media that are text although most of their kind are not. */
const textMedia =
  /\+(?:xml|json)$|^(?:image\/(?:x-xbitmap|x-xbm|x-xpixmap|x-portable-\w+|vnd\.dxf|x-xfig)|audio\/(?:x-)?(?:mpegurl|scpls)|audio\/vnd\.[\w.-]*text|video\/vnd\.mpegurl)$/;

/** Formats beside media, of which `signatures` says nothing, that are never text. */
const binaryFormats =
  /^application\/(?:x-(?:msdownload|msdos-program|elf|mach-binary|xz|bzip2?|rar(?:-compressed)?|sqlite3|shockwave-flash)|vnd\.(?:sqlite3|rar|microsoft\.portable-executable)|wasm|zstd|ogg|mp4|java-vm)$/;

/** A text that no file of the type can begin with. */
export function isDeniedByText(type: string, head: Buffer, text: string): boolean {
  if (lacksSignature(type, head)) return true;
  if (/\+xml$/.test(type)) return !/^\s*</.test(text);
  return (/^(?:image|audio|video|font)\//.test(type) && !textMedia.test(type)) || binaryFormats.test(type);
}

/** Bytes that are no text, and that no file of the type can begin with. */
export function isDeniedByBytes(type: string, head: Buffer): boolean {
  return lacksSignature(type, head) || (isTextType(type) && head.includes(0));
}

function lacksSignature(type: string, head: Buffer): boolean {
  return signatures.some(([of, isThere]) => (type === of || isWithin(type, of)) && !isThere(head));
}

/** Types whose files are text in some character encoding. */
export function isTextType(type: string): boolean {
  return /^text\/|\+(?:xml|json)$|^application\/(?:json|xml|xml-dtd|(?:java|ecma)script|x-javascript|sql|yaml|toml)$/.test(
    type,
  );
}
