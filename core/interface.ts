import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Inert from '@hapi/inert';
import type { Request, ResponseToolkit, Server } from '@hapi/hapi';
import { root } from './loader.ts';

const build = join(root, 'ui/build');

/** The interface: files with a hash in their name are kept for ever, everything else is the fallback page. */
export const serveInterface = async (server: Server): Promise<void> => {
  await server.register(Inert as never);
  const options = { auth: false as const, app: { patientData: false, access: 'public' as const } };
  server.route({
    method: 'GET',
    path: '/_app/immutable/{file*}',
    options: { ...options, cache: { expiresIn: 365 * 24 * 3600 * 1000, privacy: 'public' } },
    handler: { directory: { path: join(build, '_app/immutable'), lookupCompressed: true, index: false } },
  });
  server.route({
    method: 'GET',
    path: '/{path*}',
    options,
    handler: (request: Request, h: ResponseToolkit) => {
      const path = String(request.params.path ?? '');
      const unknownToApi = /^(api|fhir|oauth2|health)(\/|$)/.test(path);
      if (unknownToApi) return h.response().code(404);
      const known = /^[\w-]+(\.[\w-]+)+$/.test(path) || path.startsWith('_app/') ? join(build, path) : '';
      return known && !path.includes('..') && existsSync(known)
        ? h.file(known, { confine: build, lookupCompressed: true })
        : page(h);
    },
  });
};

const page = (h: ResponseToolkit) =>
  existsSync(join(build, '200.html'))
    ? h
        .file(join(build, '200.html'), { confine: build })
        .type('text/html; charset=utf-8')
        .header('cache-control', 'no-cache')
    : h.response('The interface is not built. Run: npm run build').type('text/plain').code(503);

/** Hashes of the page's own inline scripts, written by the build for the Content-Security-Policy. */
export const scriptHashes = (): string[] => {
  const file = join(build, 'csp.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as string[]) : [];
};
