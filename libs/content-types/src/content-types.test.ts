import { describe, expect, test } from '@jest/globals';
import { extensionOf } from '@wharf/contracts';
import { detectContentType } from './detect-content-type.js';

/** What is declared (`-` for nothing), the name of the file, and the type that it has in the end. */
type Row = [declared: string, name: string, type: string];

const octets = 'application/octet-stream';

async function expectType(bytes: Buffer, [declared, name, type]: Row): Promise<void> {
  const sent = declared === '-' ? undefined : declared;
  expect(await detectContentType(bytes, sent, { extension: extensionOf(name) })).toBe(type);
}

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const at = (offset: number, text: string) => latin1(text.padStart(offset + text.length, 'a'));

/** Texts that begin like a binary format: each of them is what it is declared as, or what its name says. */
const misleadingTexts: [what: string, bytes: Buffer][] = [
  ['bmp', Buffer.from('BMI,age\n23.4,51\n')],
  ['bmp in Latin-1', latin1('BMI,Gr\xf6\xdfe\n23.4,180\n')],
  ['bmp in UTF-8', Buffer.from('BMI,Größe\n23.4,180\n')],
  ['gif', Buffer.from('GIF is a format of images')],
  ['gif 89', Buffer.from('GIF89a is a format of images')],
  ['exe', Buffer.from('MZ was the first to write it')],
  ['mov by free', Buffer.from('The free encyclopedia')],
  ['mov by wide', Buffer.from('the wide world')],
  ['mov by moov', Buffer.from('the moov atom comes first')],
  ['mov by mdat', Buffer.from('the mdat atom comes last')],
  ['mp4', Buffer.from('the ftyp box comes first')],
  ['mp3', Buffer.from('ID3 tags are read by players')],
  ['mpc', Buffer.from('MP+ is a codec')],
  ['mpc 8', Buffer.from('MPCK is a codec')],
  ['tar', at(257, 'ustar is the name of a format')],
  ['dmg', Buffer.from('x\u0301 is an x with an accent')],
  ['swf', Buffer.from('FWS,2024\nCWS,2025\n')],
  ['swf compressed', Buffer.from('CWS,2024\n')],
  ['bz2', Buffer.from('BZhang,wrote,this\n')],
  ['flif', Buffer.from('FLIF is a format')],
  ['psd', Buffer.from('8BPS is how it begins')],
  ['aiff', Buffer.from('FORM 10-K\nAnnual report')],
  ['icns', Buffer.from('icns are icons')],
  ['ogg', Buffer.from('OggS is how every page of the container begins')],
  ['zip', Buffer.from('PK is the primary key')],
  ['midi', Buffer.from('MThd is a chunk')],
  ['dsf', Buffer.from('DSD is digital sound')],
  ['lzip', Buffer.from('LZIP is a compressor')],
  ['flac', Buffer.from('fLaC is how it begins')],
  ['wavpack', Buffer.from('wvpk is how it begins')],
  ['tiff, little-endian', Buffer.from('II. Chapter\n')],
  ['tiff, big-endian', Buffer.from('MM/DD/YYYY,amount\n')],
  ['ape', Buffer.from('MAC address,port\n00:11,1\n')],
  ['sqlite', Buffer.from('SQLi is an attack\n')],
  ['crx', Buffer.from('Cr24 is how it begins')],
  ['cab', Buffer.from('MSCF is how it begins')],
  ['cab of an installer', Buffer.from('ISc(x) = 1\n')],
  ['pst', Buffer.from('!BDN is how it begins')],
  ['parquet', Buffer.from('PAR1 and PAR2 are alternatives')],
  ['parquet, encrypted', Buffer.from('PARENT,CHILD\n1,2\n')],
  ['ttc', Buffer.from('ttcf is how it begins')],
  ['registry hive', Buffer.from('regf is how it begins')],
  ['spss', Buffer.from('$FL2 costs more than $FL1')],
  ['amr', Buffer.from('#!AMR is how it begins')],
  ['it', Buffer.from('IMPM is how it begins')],
  ['lzh', Buffer.from('- -lh5- is a method')],
  ['chm', Buffer.from('ITSF is how it begins')],
  ['rm', Buffer.from('.RMF is how it begins')],
  ['draco', Buffer.from('DRACO MALFOY: My father will hear about this')],
  ['stl', Buffer.from('solid ground')],
  ['dwg', Buffer.from('AC1015 is the version of 2000')],
  ['cpio', Buffer.from('0707070 is a number')],
  ['blend', Buffer.from('BLENDERS,price\nsmall,20\n')],
  ['ar', Buffer.from('!<arch> is how every archive begins')],
  ['xcf', Buffer.from('gimp xcf files are layered')],
  ['webp', Buffer.from('RIFF....WEBP is how it begins')],
  ['avi', Buffer.from('RIFF....AVI  is how it begins')],
  ['wav', Buffer.from('RIFF....WAVE is how it begins')],
  ['qcp', Buffer.from('RIFF....QLCM is how it begins')],
  ['dff', Buffer.from('FRM8........DSD  is how it begins')],
  ['icc', at(36, 'acsp is a signature')],
  ['ace', Buffer.from('1234567**ACE**is how it begins')],
  ['s3m', at(44, 'SCRM is a signature')],
  ['fbx', Buffer.from('Kaydara FBX Binary is how it begins')],
  ['xm', Buffer.from('Extended Module: chapter one of the course')],
  ['voc', Buffer.from('Creative Voice File: how it is made')],
  ['avro', Buffer.from('Obj,count\n1,2\n')],
  ['postscript by two letters', Buffer.from('%! TEX program = xelatex\n')],
  ['postscript by a sentence', Buffer.from('%!PS is how it begins')],
  ['pdf by a sentence', Buffer.from('%PDF is how it begins')],
  ['vtt by a sentence', Buffer.from('WEBVTT is a format of captions\n')],
  ['vcard by a sentence', Buffer.from('BEGIN:VCARDS are cards')],
  ['rich text by a word', Buffer.from('{rtf} is a placeholder')],
  ['a byte order mark before letters', Buffer.from('\ufeffBMI,age\n')],
  ['UTF-16', Buffer.from('\ufeffBMI,age\n', 'utf16le')],
  ['UTF-16, big-endian', Buffer.from('\ufeffBMI,age\n', 'utf16le').swap16()],
  ['escape sequences', Buffer.from('BM \u001b[31mred\u001b[0m\n')],
  ['a character cut by the end of the head', Buffer.from('BMI,Größe').subarray(0, 8)],
];

describe('a text that begins like', () => {
  test.each(misleadingTexts)('%s', async (_what, bytes) => {
    await expectType(bytes, ['text/csv', 'a.csv', 'text/csv']);
    await expectType(bytes, ['-', 'notes.md', 'text/markdown']);
  });
});

const png = latin1('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\b\x06\0\0\0\x1f\x15\xc4\x89');
const jpeg = latin1('\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01');
const gif = latin1('GIF89a\x01\0\x01\0\x80\0\0');
const bmp = latin1('BM\x46\0\0\0\0\0\0\0\x36\0\0\0');
const exe = latin1('MZ\x90\0\x03\0\0\0');
const tar = Buffer.concat([latin1('a.txt'.padEnd(257, '\0')), latin1('ustar\x0000'), Buffer.alloc(248)]);
const mp3 = latin1('ID3\x03\0\0\0\0\x7f\x7f');
const box = (brand: string) => latin1(`\0\0\0\x18ftyp${brand}\0\0\0\0isommp42`);
const zip = latin1(`PK\x03\x04\x14\0\0\0\0\0${'\0'.repeat(16)}\x05\0\0\0a.txthello`);
const cfb = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(512)]);
const ebml = (documentType: string) =>
  latin1(
    `\x1a\x45\xdf\xa3${byte(0x80 + documentType.length + 3)}\x42\x82${byte(0x80 + documentType.length)}${documentType}\0\0\0`,
  );
const byte = (value: number) => String.fromCharCode(value);
const ogg = (codec: string) => latin1(`OggS\0\x02${'\0'.repeat(20)}\x01\x13${codec}${'\0'.repeat(20)}`);
const gzip = Buffer.from('1f8b080000000000000303000000000000000000', 'hex');
const asf = Buffer.concat([Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex'), Buffer.alloc(80)]);
const rar = latin1('Rar!\x1a\x07\0\0\0\0');
const tiff = Buffer.from('49492a000800000000000000000000000000', 'hex');
const pdf = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n');
const binaryPdf = latin1('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\0\x01');
const xml = Buffer.from('<?xml version="1.0"?>\n<a/>');
const utf16Xml = Buffer.from('\ufeff<?xml version="1.0"?><a/>', 'utf16le');
const words = Buffer.from('plain words');
const noise = Buffer.from('0102030400f0e1d2c3b4a5968778695a4b3c2d1e0f', 'hex');
const empty = Buffer.alloc(0);

const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const pptx = 'application/vnd.openxmlformats-officedocument.presentationml.presentation';

const tables: [what: string, bytes: Buffer, rows: Row[]][] = [
  [
    'a PNG',
    png,
    [
      ['text/html', 'a.html', 'image/png'],
      ['application/pdf', 'a.pdf', 'image/png'],
      ['image/svg+xml', 'a.svg', 'image/png'],
      ['-', 'a', 'image/png'],
      [octets, 'a.bin', 'image/png'],
    ],
  ],
  ['a JPEG', jpeg, [['image/png', 'a.png', 'image/jpeg']]],
  ['a GIF', gif, [['text/plain', 'a.txt', 'image/gif']]],
  ['a bitmap', bmp, [['text/csv', 'a.csv', 'image/bmp']]],
  [
    'a program',
    exe,
    [
      ['text/plain', 'a.txt', 'application/x-msdownload'],
      ['-', 'a.pdf', 'application/x-msdownload'],
      ['application/pdf', 'a.pdf', 'application/x-msdownload'],
    ],
  ],
  ['a tar', tar, [['text/plain', 'a.txt', 'application/x-tar']]],
  ['an MP3', mp3, [['text/plain', 'a.txt', 'audio/mpeg']]],
  [
    'XML',
    xml,
    [
      ['-', 'a', 'application/xml'],
      ['-', 'a.svg', 'image/svg+xml'],
      [octets, 'a.svg', 'image/svg+xml'],
      ['image/svg+xml', 'a', 'image/svg+xml'],
      ['image/svg+xml; charset=utf-8', 'a', 'image/svg+xml'],
      ['-', 'a.xhtml', 'application/xhtml+xml'],
      ['application/rss+xml', 'a.xml', 'application/rss+xml'],
      ['application/xml', 'a.gpx', 'application/gpx+xml'],
      ['text/xml', 'a.kml', 'text/xml'],
      ['-', 'a.kml', 'application/vnd.google-earth.kml+xml'],
      ['-', 'a.atom', 'application/atom+xml'],
      ['text/html', 'a.html', 'text/html'],
      ['image/png', 'a.png', 'application/xml'],
      ['application/json', 'a.json', 'application/xml'],
      ['text/plain', 'a.svg', 'image/svg+xml'],
    ],
  ],
  [
    'XML in UTF-16',
    utf16Xml,
    [
      ['-', 'a.svg', 'image/svg+xml'],
      ['text/plain', 'a', 'application/xml'],
    ],
  ],
  [
    'a zip',
    zip,
    [
      ['-', 'a', 'application/zip'],
      ['-', 'a.docx', docx],
      [octets, 'a.docx', docx],
      [docx, 'a', docx],
      ['application/zip', 'a.docx', docx],
      [pptx, 'a.docx', pptx],
      ['-', 'a.kmz', 'application/vnd.google-earth.kmz'],
      ['-', 'a.cbz', 'application/vnd.comicbook+zip'],
      ['application/x-cbz', 'a', 'application/x-cbz'],
      ['-', 'a.apk', 'application/vnd.android.package-archive'],
      ['-', 'a.usdz', 'model/vnd.usdz+zip'],
      ['-', 'a.epub', 'application/epub+zip'],
      ['-', 'a.odt', 'application/vnd.oasis.opendocument.text'],
      ['-', 'a.jar', 'application/java-archive'],
      ['-', 'a.xlsm', 'application/vnd.ms-excel.sheet.macroenabled.12'],
      ['application/x-zip-compressed', 'a.zip', 'application/zip'],
      ['application/msword', 'a.doc', 'application/zip'],
      ['image/png', 'a.png', 'application/zip'],
      ['text/plain', 'a.txt', 'application/zip'],
    ],
  ],
  [
    'a compound file',
    cfb,
    [
      ['-', 'a', 'application/x-cfb'],
      ['-', 'a.doc', 'application/msword'],
      ['-', 'a.xls', 'application/vnd.ms-excel'],
      ['-', 'a.ppt', 'application/vnd.ms-powerpoint'],
      ['-', 'a.msg', 'application/vnd.ms-outlook'],
      ['-', 'a.msi', 'application/x-msi'],
      ['application/vnd.ms-excel', 'a.doc', 'application/vnd.ms-excel'],
      [docx, 'a.docx', 'application/x-cfb'],
    ],
  ],
  [
    'a PDF',
    pdf,
    [
      ['-', 'a', 'application/pdf'],
      ['-', 'a.ai', 'application/illustrator'],
      ['application/postscript', 'a.ai', 'application/illustrator'],
      ['application/illustrator', 'a', 'application/illustrator'],
      ['application/postscript', 'a.ps', 'application/pdf'],
      ['text/plain', 'a.txt', 'application/pdf'],
    ],
  ],
  [
    'a PDF of bytes',
    binaryPdf,
    [
      ['-', 'a', 'application/pdf'],
      ['-', 'a.ai', 'application/illustrator'],
    ],
  ],
  [
    'Matroska',
    ebml('matroska'),
    [
      ['-', 'a.mkv', 'video/matroska'],
      ['-', 'a.mka', 'audio/x-matroska'],
      ['audio/matroska', 'a', 'audio/matroska'],
      ['video/mp4', 'a.mp4', 'video/matroska'],
    ],
  ],
  [
    'WebM',
    ebml('webm'),
    [
      ['-', 'a.weba', 'audio/webm'],
      ['-', 'a', 'video/webm'],
      ['audio/matroska', 'a', 'video/webm'],
    ],
  ],
  [
    'HEIF',
    box('mif1'),
    [
      ['-', 'a', 'image/heif'],
      ['-', 'a.avif', 'image/avif'],
      ['image/heic', 'a', 'image/heic'],
      ['image/png', 'a.png', 'image/heif'],
    ],
  ],
  ['AVIF', box('avif'), [['image/heif', 'a.heif', 'image/avif']]],
  [
    'MP4',
    box('isom'),
    [
      ['-', 'a', 'video/mp4'],
      ['-', 'a.m4a', 'audio/mp4'],
      ['audio/mpeg', 'a.mp3', 'video/mp4'],
    ],
  ],
  [
    'Opus',
    ogg('OpusHead'),
    [
      ['-', 'a', 'audio/ogg'],
      ['audio/ogg; codecs=opus', 'a.opus', 'audio/ogg'],
      ['video/ogg', 'a.ogv', 'audio/ogg'],
    ],
  ],
  [
    'Ogg',
    ogg('unheard!'),
    [
      ['-', 'a', 'application/ogg'],
      ['audio/ogg; codecs="speex"', 'a', 'audio/ogg'],
    ],
  ],
  [
    'gzip',
    gzip,
    [
      ['-', 'a.gz', 'application/gzip'],
      ['application/x-gzip', 'a', 'application/gzip'],
      ['-', 'a.svg', 'application/gzip'],
    ],
  ],
  [
    'ASF',
    asf,
    [
      ['-', 'a.wmv', 'video/x-ms-wmv'],
      ['audio/x-ms-wma', 'a', 'audio/x-ms-wma'],
    ],
  ],
  [
    'RAR',
    rar,
    [
      ['-', 'a.cbr', 'application/vnd.comicbook-rar'],
      ['-', 'a.rar', 'application/x-rar-compressed'],
    ],
  ],
  [
    'TIFF',
    tiff,
    [
      ['-', 'a.dng', 'image/x-adobe-dng'],
      ['image/jpeg', 'a.jpg', 'image/tiff'],
    ],
  ],
  [
    'words',
    words,
    [
      ['-', 'README.md', 'text/markdown'],
      [octets, 'README.md', 'text/markdown'],
      ['binary/octet-stream', 'a.csv', 'text/csv'],
      ['application/x-www-form-urlencoded', 'a.json', 'application/json'],
      ['application/force-download', 'a.csv', 'text/csv'],
      ['Application/X-Download', 'README.md', 'text/markdown'],
      ['-', 'A.JSON', 'application/json'],
      ['-', 'a.ts', 'text/typescript'],
      ['video/mp2t', 'a.ts', 'text/typescript'],
      ['-', 'a.mts', 'text/typescript'],
      ['-', 'a.tsx', 'text/typescript'],
      ['-', 'a.sql', 'application/sql'],
      ['-', 'a.yaml', 'text/yaml'],
      ['-', 'a.css', 'text/css'],
      ['-', 'a.js', 'text/javascript'],
      ['-', 'a.mjs', 'text/javascript'],
      ['-', 'a.html', 'text/html'],
      ['-', 'a.txt', 'text/plain'],
      ['-', 'a.log', 'text/plain'],
      ['-', 'a.tar.csv', 'text/csv'],
      ['-', 'a.m3u8', 'application/vnd.apple.mpegurl'],
      ['text/markdown', 'a.csv', 'text/markdown'],
      ['TEXT/CSV', 'a', 'text/csv'],
      ['image/png', 'a.txt', 'text/plain'],
      ['image/png', 'a.png', 'text/plain'],
      ['video/mp4', 'a.md', 'text/markdown'],
      ['audio/mpeg', 'a', 'text/plain'],
      ['font/woff2', 'a.css', 'text/css'],
      ['application/pdf', 'a.pdf', 'text/plain'],
      [docx, 'a.docx', 'text/plain'],
      ['application/zip', 'a.zip', 'text/plain'],
      ['application/msword', 'a.dot', 'text/plain'],
      ['image/svg+xml', 'a.svg', 'text/plain'],
      ['-', 'main.rs', 'text/plain'],
      ['-', 'main.py', 'text/plain'],
      ['-', 'a.constructor', 'text/plain'],
      ['-', 'a.bin', octets],
      ['-', 'README', octets],
      [octets, 'README', octets],
      ['*/*', 'README', octets],
      ['text/*', 'README', octets],
      ['no type', 'README', octets],
      ['text/<script>', 'README', octets],
      ['application/x-mine', 'a.txt', 'application/x-mine'],
    ],
  ],
  [
    'a page',
    Buffer.from('<!doctype html><script>alert(1)</script>'),
    [
      ['-', 'a.txt', 'text/plain'],
      [octets, 'a.csv', 'text/csv'],
      ['-', 'a.jpg', 'text/plain'],
      ['application/force-download', 'a.pdf', 'text/plain'],
      ['image/png', 'a.png', 'text/plain'],
      ['-', 'a', octets],
    ],
  ],
  [
    'a drawing',
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
    [
      ['-', 'a.svg', 'image/svg+xml'],
      ['image/svg+xml', 'a', 'image/svg+xml'],
    ],
  ],
  ['a bitmap of C', Buffer.from('#define a_width 16\n'), [['image/x-xbitmap', 'a.xbm', 'image/x-xbitmap']]],
  [
    'Latin-1 from the first letter on',
    latin1('\xdcbung'),
    [
      ['text/plain', 'a', 'text/plain'],
      ['image/png', 'a.txt', 'text/plain'],
    ],
  ],
  ['the first bytes of a JPEG', latin1('\xff\xd8\xff\xe0'), [['text/plain', 'a.txt', 'image/jpeg']]],
  [
    'Latin-1',
    latin1('Gr\xfc\xdfe'),
    [
      ['-', 'a.txt', 'text/plain'],
      ['-', 'main.py', octets],
    ],
  ],
  ['PostScript', Buffer.from('%!PS-Adobe-3.0\n'), [['-', 'a', 'application/postscript']]],
  ['EPS', Buffer.from('%!PS-Adobe-3.0 EPSF-3.0\n'), [['-', 'a', 'application/eps']]],
  ['rich text', Buffer.from('{\\rtf1\\ansi}'), [['text/plain', 'a.txt', 'application/rtf']]],
  ['captions', Buffer.from('WEBVTT - title\n\n00:01.000 --> 00:02.000\nhello\n'), [['-', 'a', 'text/vtt']]],
  ['a calendar', Buffer.from('BEGIN:VCALENDAR\r\nVERSION:2.0\r\n'), [['text/plain', 'a', 'text/calendar']]],
  ['a card', Buffer.from('BEGIN:VCARD\r\n'), [['text/plain', 'a', 'text/vcard']]],
  [
    'noise',
    noise,
    [
      ['-', 'a', octets],
      ['-', 'a.ts', 'video/mp2t'],
      ['-', 'a.mp4', 'video/mp4'],
      ['application/x-mine', 'a', 'application/x-mine'],
      ['audio/mpeg', 'a.mp3', 'audio/mpeg'],
      ['image/png', 'a.png', octets],
      ['image/avif', 'a.avif', octets],
      ['application/pdf', 'a.pdf', octets],
      [docx, 'a.docx', octets],
      ['text/plain', 'a.txt', octets],
      ['application/json', 'a.json', octets],
      ['-', 'a.md', octets],
      ['-', 'a.bin', octets],
    ],
  ],
  [
    'nothing',
    empty,
    [
      ['-', 'a', octets],
      ['-', 'a.txt', 'text/plain'],
      [octets, 'a.png', 'image/png'],
      ['text/csv', 'a.txt', 'text/csv'],
      ['application/zip', 'a', 'application/zip'],
    ],
  ],
];

describe.each(tables)('%s', (_what, bytes, rows) => {
  test.each(rows)('declared as %s and named %s is %s', (...row) => expectType(bytes, row));
});
