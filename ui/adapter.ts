import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import adapter, { type AdapterOptions } from '@sveltejs/adapter-static';
import type { Adapter } from '@sveltejs/kit';

/**
 * adapter-static, with the one inline script of the page moved into a file: so the page runs under `script-src 'self'`
 * and the server needs to know no hash. (`document.currentScript`, which it uses, is set for such a script too.)
 */
export function staticApp(options: AdapterOptions): Adapter {
  const plain = adapter(options);
  return {
    ...plain,
    adapt: (builder) =>
      plain.adapt({
        ...builder,
        async generateFallback(page) {
          await builder.generateFallback(page);
          const html = readFileSync(page, 'utf8');
          const inline = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)];
          if (inline.length !== 1) throw new Error(`Expected one inline script in ${page}, found ${inline.length}.`);
          const [tag, code] = inline[0]!;
          const name = `_app/immutable/boot.${createHash('sha256').update(code!).digest('base64url').slice(0, 8)}.js`;
          const file = join(dirname(page), name);
          mkdirSync(dirname(file), { recursive: true });
          writeFileSync(file, code!);
          writeFileSync(
            page,
            html.replace(tag, () => `<script src="/${name}"></script>`),
          );
        },
      }),
  };
}
