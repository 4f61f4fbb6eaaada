import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PDFiumLibrary } from '@hyzyla/pdfium';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

const { resolve } = createRequire(import.meta.url);
prepareZXingModule({
  overrides: { wasmBinary: readFileSync(resolve('zxing-wasm/reader/zxing_reader.wasm')).buffer as ArrayBuffer },
});

export interface Picture {
  data: Uint8Array;
  width: number;
  height: number;
  /** Of the page, in millimetres. */
  paper: [width: number, height: number];
}

/** The pages of a PDF as a printer of so many dots per inch sees them, four bytes a dot. */
export const picturesOf = async (pdf: Buffer, dpi: number): Promise<Picture[]> => {
  const library = await PDFiumLibrary.init();
  const document = await library.loadDocument(pdf);
  const pictures: Picture[] = [];
  for (const page of document.pages()) {
    const { data, width, height, originalWidth, originalHeight } = await page.render({
      scale: dpi / 72,
      render: 'bitmap',
    });
    const millimetres = (points: number) => Math.round(((points * 25.4) / 72) * 10) / 10;
    pictures.push({
      data: Uint8Array.from(data),
      width,
      height,
      paper: [millimetres(originalWidth), millimetres(originalHeight)],
    });
  }
  document.destroy();
  library.destroy();
  return pictures;
};

/** What a reader of the first page reads, a line a line. */
export const wordsOf = async (pdf: Buffer): Promise<string> => {
  const library = await PDFiumLibrary.init();
  const document = await library.loadDocument(pdf);
  const words = document.getPage(0).getText();
  document.destroy();
  library.destroy();
  return words;
};

/** What a scanner reads in it, as `format text`, sorted. */
export const scan = async ({ data, width, height }: Picture): Promise<string[]> => {
  const image = { data: new Uint8ClampedArray(data), width, height, colorSpace: 'srgb' } as ImageData;
  const found = await readBarcodes(image, { formats: ['Code128', 'QRCode'], maxNumberOfSymbols: 255 });
  return found.map(({ format, text }) => `${format} ${text}`).sort();
};

/** A part of it, in millimetres. */
export const cut = (it: Picture, x: number, y: number, width: number, height: number): Picture => {
  const dots = (millimetres: number) => Math.round((millimetres * it.width) / it.paper[0]);
  const rows = Array.from({ length: dots(height) }, (_, row) => {
    const from = ((dots(y) + row) * it.width + dots(x)) * 4;
    return it.data.subarray(from, from + dots(width) * 4);
  });
  return { data: Buffer.concat(rows), width: dots(width), height: rows.length, paper: [width, height] };
};
