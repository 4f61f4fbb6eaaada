import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hms } from '../hms.ts';
import { localeOf, type Locale } from '../messages.ts';
import type { ApiDocument } from '../openapi.ts';
import { headerOf, route, type Route } from '../routes.ts';
import { apiPage } from './page.ts';

const style = join(import.meta.dirname, 'style.css');

/**
 * /api/docs: the API document for people, written by the server, without a script: it works under our Content-Security-Policy and
 * without a network (docs/decisions/api-page.md). Production shows nobody how it is built: there it is 404.
 */
export const apiPageRoutes = (hms: Hms, document: () => ApiDocument): Route[] => {
  if (hms.config.production) return [];
  const pages = new Map<Locale, string>();
  const page = (locale: Locale): string =>
    apiPage({ document: document(), plugins: hms.plugins, permissions: hms.permissions, locale });
  return [
    route({
      method: 'GET',
      path: '/api/docs',
      options: {
        auth: false,
        app: { patientData: false, access: 'public', file: 'text/html', summary: 'This document as a page' },
      },
      handler: (request, h) => {
        const locale = localeOf(headerOf(request, 'accept-language'));
        const text = pages.get(locale) ?? page(locale);
        pages.set(locale, text);
        return h.response(text).type('text/html; charset=utf-8');
      },
    }),
    route({
      method: 'GET',
      path: '/api/docs/style.css',
      options: {
        auth: false,
        app: { patientData: false, access: 'public', file: 'text/css', summary: 'How the page of the API looks' },
      },
      handler: (_request, h) => h.response(readFileSync(style, 'utf8')).type('text/css; charset=utf-8'),
    }),
  ];
};
