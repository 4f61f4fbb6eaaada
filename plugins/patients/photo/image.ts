import { crc32 } from 'node:zlib';

/** A picture that is what it says, without what a camera wrote into it (place, time, device). */
export interface Image {
  mediaType: 'image/jpeg' | 'image/png' | 'image/webp';
  content: Buffer;
}

/** Null: none of the three, or broken. By content alone; a name or a type that was sent means nothing. */
export const readImage = (bytes: Buffer): Image | null => {
  for (const [mediaType, strip] of kinds) {
    const content = strip(bytes);
    if (content !== null) return { mediaType, content };
  }
  return null;
};

/** ITU T.81: segments until the scan. Kept are JFIF (APP0), the colour profile (APP2) and Adobe's colours (APP14). */
const jpeg = (bytes: Buffer): Buffer | null => {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return null;
  const parts = [bytes.subarray(0, 2)];
  let hasSize = false;
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1]!;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length || end < at + 4) return null;
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) hasSize = true;
    if (marker === 0xda) return hasSize ? scans(bytes, at, parts) : null;
    if (!dropped(marker)) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return null;
};
const dropped = (marker: number): boolean =>
  marker === 0xfe || (marker >= 0xe0 && marker <= 0xef && ![0xe0, 0xe2, 0xee].includes(marker));
/** From the first scan to the end of the image; what hangs on behind it is left. */
const scans = (bytes: Buffer, from: number, parts: Buffer[]): Buffer | null => {
  const end = bytes.lastIndexOf(Buffer.from([0xff, 0xd9]));
  // A second picture behind the first would carry its own words.
  const next = bytes.indexOf(Buffer.from([0xff, 0xd8, 0xff]), from);
  if (end < from || next !== -1) return null;
  return Buffer.concat([...parts, bytes.subarray(from, end + 2)]);
};

const pngHead = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const pngKept = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'sBIT', 'pHYs']);
/** Chunks with a right sum; texts, times and EXIF go. */
const png = (bytes: Buffer): Buffer | null => {
  if (!bytes.subarray(0, 8).equals(pngHead)) return null;
  const parts: Buffer[] = [pngHead];
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 12 + bytes.readUInt32BE(at);
    const name = bytes.toString('latin1', at + 4, at + 8);
    if (end > bytes.length || bytes.readUInt32BE(end - 4) !== crc32(bytes.subarray(at + 4, end - 4))) return null;
    if (at === 8 && name !== 'IHDR') return null;
    if (pngKept.has(name)) parts.push(bytes.subarray(at, end));
    if (name === 'IEND') return Buffer.concat(parts);
    at = end;
  }
  return null;
};

const webpKept = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ICCP']);
/** RIFF chunks; EXIF, XMP, animations and the unknown go, and the header no longer announces them. */
const webp = (bytes: Buffer): Buffer | null => {
  if (bytes.length < 20 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP')
    return null;
  const parts: Buffer[] = [];
  let hasPicture = false;
  for (let at = 12; at + 8 <= bytes.length;) {
    const name = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const end = at + 8 + size + (size % 2);
    if (end > bytes.length || (name === 'VP8X' && size < 10)) return null;
    if (name === 'VP8 ' || name === 'VP8L') hasPicture = true;
    const chunk = Buffer.from(bytes.subarray(at, end));
    // Bits of VP8X: colour profile 0x20, alpha 0x10, EXIF 0x08, XMP 0x04, animation 0x02.
    if (name === 'VP8X') chunk[8] = chunk[8]! & 0x30;
    if (webpKept.has(name)) parts.push(chunk);
    at = end;
  }
  if (!hasPicture) return null;
  const body = Buffer.concat(parts);
  const head = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1');
  head.writeUInt32LE(4 + body.length, 4);
  return Buffer.concat([head, body]);
};

const kinds = [
  ['image/jpeg', jpeg],
  ['image/png', png],
  ['image/webp', webp],
] as const;
