import { inflateSync } from 'node:zlib';

/**
 * The font inside a WOFF file, unpacked once: the library would unpack it again for every document, and takes half a second.
 * https://www.w3.org/TR/WOFF/
 */
export const sfntOf = (woff: Buffer): Buffer => {
  const count = woff.readUInt16BE(12);
  const head = Buffer.alloc(12 + 16 * count);
  woff.copy(head, 0, 4, 8); // flavor
  const most = 2 ** Math.floor(Math.log2(count));
  head.writeUInt16BE(count, 4);
  head.writeUInt16BE(16 * most, 6);
  head.writeUInt16BE(Math.log2(most), 8);
  head.writeUInt16BE(16 * (count - most), 10);
  const parts = [head];
  let end = head.length;
  for (let n = 0; n < count; n++) {
    const at = 44 + 20 * n;
    const [offset, packed, length] = [4, 8, 12].map((more) => woff.readUInt32BE(at + more)) as [number, number, number];
    const part = woff.subarray(offset, offset + packed);
    woff.copy(head, 12 + 16 * n, at, at + 4); // tag
    woff.copy(head, 16 + 16 * n, at + 16, at + 20); // check sum
    head.writeUInt32BE(end, 20 + 16 * n);
    head.writeUInt32BE(length, 24 + 16 * n);
    const padded = Buffer.alloc(Math.ceil(length / 4) * 4);
    (packed < length ? inflateSync(part) : part).copy(padded);
    parts.push(padded);
    end += padded.length;
  }
  return Buffer.concat(parts);
};
